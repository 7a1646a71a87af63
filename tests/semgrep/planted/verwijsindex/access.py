def token(session):
    # ok: commit-outside-use-case
    session.commit()
