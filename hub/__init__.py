"""The branch's service: takes in what phones sealed, keeps every group's branch log, shows both to people.

Root       ``app`` (the composition root, and the only reader of the time) ``settings``; ``forwarder``
           over ``line`` (the doors of a hub that does not append)
Commands   ``cli`` ``books_cli`` (count, settle, statement) ``import_cli`` ``rates_cli`` (dues, decide-rate)
           ``export_cli`` ``core_cli`` (the bank's core system) ``forks_cli`` ``checkpoint_cli``
           ``restored_cli`` (an older copy of the store) ``backup_cli`` (backup, restore, upgrade)
           ``ingest_cli`` over ``carried`` (what carriers bring)
           ``reports_cli`` (every table for people) ``options`` ``typed`` ``telling`` ``books_tables``
           ``rollup_cli`` ``province_cli`` over ``rollups`` (composed) and ``province_settings``
Doors      ``server`` → ``gate`` (around every answer) → ``api`` (phones) ``pages`` (people); ``access``
Use cases  ``service``: neither HTTP nor a database
Store      ``ports`` (what is asked of one) ``documents`` (what is stored under which id) ``store`` (SQLite)
           ``marks`` (how far the logs had come)
Watching   ``logs`` ``metrics`` (for Prometheus)
Words      ``errors`` (who must act) ``problem`` (HTTP statuses) ``wording`` (sentences)
"""
