"""Everything that a book holds, so that two can be compared."""


def picture(book):
    """Everything that a book holds, comparable."""
    roster = book.roster
    return (
        book.position,
        book.group,
        vars(book.decisions),
        vars(book.postings),
        vars(book.trust),
        book.readies,
        book.periods,
        book.problems,
        roster.members,
        {key: vars(loan) for key, loan in roster.loans.items()},
        {key: vars(account) for key, account in roster.accounts.items()},
    )
