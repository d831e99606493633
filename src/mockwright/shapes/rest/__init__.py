"""What a path and a query say of the answer, by the conventions of REST.

``url_path`` reads what a path names, ``infer`` turns that into a shape, with the field sets of
``vocabulary``; ``query`` filters, sorts and pages a list, ``envelope`` finds the list in a shape.
"""
