# mark: 20
# shows: The answer cell of He's initialization was deleted.
# delete: he
