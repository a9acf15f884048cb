"""The store looked after.

``health`` ``fsck`` (``fsck_documents`` ``fsck_books``: all verified again) ``restoring`` (an older copy, L15)
``key_change`` (every log to the next log key, L17) ``joining`` (another hub for the same store)
"""
