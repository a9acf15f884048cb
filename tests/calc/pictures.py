"""Everything that a book holds, so that two can be compared."""


def picture(book):
    """Everything that a book holds, comparable."""
    roster = book.roster
    return (
        book.position,
        book.group,
        {name: held for name, held in vars(book.decisions).items() if name != "_tables"},  # a cache
        vars(book.postings),
        vars(book.trust),
        book.readies,
        book.periods,
        book.problems,
        roster.members,
        {key: vars(loan) for key, loan in roster.loans.items()},
        {key: vars(account) for key, account in roster.accounts.items()},
        vars(roster.refs),
    )


def adds_up(amounts):
    """B11: what a statement says before the day's money, less that money, is what it says after."""
    before = amounts.interest_due + amounts.unasked_before - amounts.prepaid_before
    paid = amounts.interest_received + amounts.transfer_to_interest
    return before - paid == amounts.arrears_left + amounts.unasked - amounts.prepaid
