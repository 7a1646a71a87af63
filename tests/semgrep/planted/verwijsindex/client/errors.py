def show(act, say, ClientError):
    try:
        act()
    except ClientError as error:
        # ok: error-text-shown
        say(str(error))
    except OSError as error:
        # ruleid: error-text-shown
        say(f"Dat ging mis: {error}")
