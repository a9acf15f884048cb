"""Keys, vouchers, devices and certificates of one branch.

``settings``    the branch's directory and the offline medium: names of their files, and what may be tuned
``authority``   every private key of a branch: made once, wrapped under passphrases, loaded by the hub
``vouchers``    one-time vouchers that pin the root
``register``    the SQLite register: vouchers, devices, certificates, guesses, audit
``enrol``       what the hub does with an enrolment, and with a request for a certificate
``revoke``      what people decide about a device
``challenges``  the nonces that let a phone with a wrong clock in
``routes``      the phones' two doors, mounted by the hub
``cli``         ``tovay-provision init | voucher | devices | revoke``
"""
