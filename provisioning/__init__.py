"""Keys, vouchers, devices and certificates of one branch.

``settings``    the branch's directory and the offline medium: names of their files, and what may be tuned
``authority``   every private key of a branch: made once, wrapped under passphrases, loaded by the hub
``founding``    how a branch begins, all or nothing
``key_statements`` what the root stated of one key, and how it states the next
``log_keys``    the branch's next log key: stated, waiting, taking over
``bundle_keys`` the keys to which phones without a network encrypt: loaded, and renewed by the root
``vouchers``    one-time vouchers that pin the root
``database``    the register's SQLite file, its transactions and its audit
``devices``     a device, its states, and the decisions about it
``register``    vouchers, devices and certificates in that file
``guesses``     refusals at the doors, counted and bounded
``nonces``      nonces that count once; challenges that let a phone with a wrong clock in
``enrol``       what the hub does with an enrolment, and with a request for a certificate
``decide``      what people decide about a device: accept, refuse, revoke
``routes``      the phones' two doors, mounted by the hub; ``errors`` and ``wording`` for what they refuse
``cli``         ``tovay-provision init | voucher | devices | revoke``; ``keys_cli``: ``bundle-key | log-key``
``verify_cli``  ``tovay-verify evidence | receipt | checkpoint``; ``verify_wording`` for what it says
"""
