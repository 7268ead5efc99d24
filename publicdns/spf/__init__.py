"""SPF (RFC 7208): what a domain's record says, what a receiver makes of it, and how another sender is added.

record    text to terms, nothing asked
macros    ``%{i}`` and its family
evaluate  check_host(): what a receiver answers to one address
walk      the tree of includes with its lookup counts
rules     what is wrong with a record, one function each, worded where it is shown
merge     the record to paste when a sender is added
senders   which service an include or an address belongs to
report    all of it for one domain
"""
