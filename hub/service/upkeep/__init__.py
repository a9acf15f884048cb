"""The store looked after.

``health`` ``fsck`` (``fsck_documents`` ``fsck_books``: all verified again) ``restoring`` (an older copy, L15)
``backup`` (every fact, to a file and back) ``key_change`` (every log to the next log key, L17)
``joining`` (another hub for the same store)
"""
