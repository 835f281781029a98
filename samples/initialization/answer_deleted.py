# mark: 30
# shows: The answer cell of He's initialization was deleted.
# delete: he
