"""A chat as text: what a model that was taught to answer reads instead of bare sentences."""


def chat_text(tokenizer, messages, *, answered=False):
    """The text of a chat, by the chat template that the tokenizer brings with it, str.

    messages: [{"role": "user", "content": "Tell me a tale."}, …]. It ends where the answer is to
    begin, or, if the last message is the answer, after its end token.

    ValueError: no template, or one that can't be filled so. TypeError: no such list.
    """
    whole = isinstance(messages, (list, tuple)) and messages and all(map(_is_message, messages))
    if not whole:
        raise TypeError(
            f"messages is {messages!r:.60}, but it must be a list of "
            '{"role": …, "content": …}, texts both.'
        )
    if not getattr(tokenizer, "chat_template", None):
        raise ValueError("the tokenizer has no chat template: plain text is what its model reads.")
    try:
        text = tokenizer.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=not answered
        )
    except Exception as error:  # a template says what it likes
        raise ValueError(f"the tokenizer's chat template can't be filled: {error}") from None
    return text.rstrip() if answered else text


def _is_message(message):
    fields = ("role", "content")
    return isinstance(message, dict) and all(isinstance(message.get(f), str) for f in fields)
