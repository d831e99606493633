"""Rules that an answer has to hold: sentences, structured conditions, and CEL.

``parse`` reads them; ``sentences`` knows the forms of sentences that code can check, ``operators``
the conditions of structured rules, ``collection_rules`` what a sentence asks of a whole answer;
``to_schema`` writes into a shape what JSON Schema has words for.
"""
