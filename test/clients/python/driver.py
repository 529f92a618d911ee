"""Drives the official Python SDKs: reads what to say on stdin, writes what came on stdout, a JSON line each."""

import base64
import functools
import json
import sys

import anthropic
import openai
import pydantic
from google import genai
from google.genai import errors, types

facts = json.loads(sys.argv[1])
TOOL, SCHEMA, PICTURE = facts["tool"], facts["schema"], facts["picture"]
DATA_URL = f"data:{PICTURE['mediaType']};base64,{PICTURE['base64']}"


class Weather(pydantic.BaseModel):
    city: str
    degrees: int


def get_weather(city: str) -> str:
    """How warm it is in a city."""
    return f"{city}: 21 degrees"


def reply(text, pieces, reasoning, value, usage):
    return {
        "text": text,
        "pieces": pieces,
        "reasoning": reasoning,
        "value": value.model_dump() if value is not None else None,
        "usage": {"input": usage[0], "output": usage[1]},
    }


# Each reads the certificates of the machine anew, which takes its time.
@functools.cache
def openai_client(url, key):
    return openai.OpenAI(api_key=key, base_url=url + "/v1", max_retries=0)


@functools.cache
def anthropic_client(url, key):
    return anthropic.Anthropic(api_key=key, base_url=url, max_retries=0)


@functools.cache
def gemini_client(url, key):
    once = types.HttpRetryOptions(attempts=1)
    options = types.HttpOptions(base_url=url, retry_options=once)
    return genai.Client(api_key=key, http_options=options)


class OpenaiChat:
    def __init__(self, wishes):
        self.wishes, self.messages = wishes, []
        self.client = openai_client(wishes["url"], wishes["key"])

    def say(self, prompt, model, picture):
        image = {"type": "image_url", "image_url": {"url": DATA_URL}}
        content = [{"type": "text", "text": prompt}, image] if picture else prompt
        self.messages.append({"role": "user", "content": content})
        options = {"model": model, "messages": self.messages}
        if self.wishes["tools"]:
            options["tools"] = [{"type": "function", "function": {**TOOL, "strict": True}}]
        if self.wishes["reasons"]:
            options["reasoning_effort"] = "medium"
        if self.wishes["schema"]:
            options["response_format"] = Weather
        while True:
            completion, pieces, reasoning = self.ask(options)
            message = completion.choices[0].message
            self.messages.append(message)
            if not message.tool_calls:
                usage = (completion.usage.prompt_tokens, completion.usage.completion_tokens)
                value = message.parsed if self.wishes["schema"] else None
                return reply(message.content, pieces, reasoning, value, usage)
            for call in message.tool_calls:
                result = get_weather(**json.loads(call.function.arguments))
                self.messages.append({"role": "tool", "tool_call_id": call.id, "content": result})

    def ask(self, options):
        if not self.wishes["streams"]:
            completion = self.client.chat.completions.parse(**options)
            reasoning = getattr(completion.choices[0].message, "reasoning_content", None)
            return completion, 1, reasoning or ""
        pieces, reasoning = 0, ""
        usage = {"include_usage": True}
        with self.client.chat.completions.stream(**options, stream_options=usage) as stream:
            for event in stream:
                if event.type == "content.delta" and event.delta:
                    pieces += 1
                if event.type == "chunk" and event.chunk.choices:
                    delta = event.chunk.choices[0].delta
                    reasoning += getattr(delta, "reasoning_content", None) or ""
            return stream.get_final_completion(), pieces, reasoning


class OpenaiResponses:
    def __init__(self, wishes):
        self.wishes, self.input = wishes, []
        self.client = openai_client(wishes["url"], wishes["key"])

    def say(self, prompt, model, picture):
        image = {"type": "input_image", "image_url": DATA_URL, "detail": "auto"}
        content = [{"type": "input_text", "text": prompt}, image] if picture else prompt
        self.input.append({"role": "user", "content": content})
        options = {"model": model, "input": self.input, "store": False}
        if self.wishes["tools"]:
            options["tools"] = [{"type": "function", "strict": True, **TOOL}]
        if self.wishes["reasons"]:
            options["reasoning"] = {"effort": "medium", "summary": "auto"}
            options["include"] = ["reasoning.encrypted_content"]
        if self.wishes["schema"]:
            options["text_format"] = Weather
        while True:
            response, pieces = self.ask(options)
            self.input += response.output
            calls = [item for item in response.output if item.type == "function_call"]
            if not calls:
                thoughts = [item for item in response.output if item.type == "reasoning"]
                reasoning = "".join(part.text for item in thoughts for part in item.summary)
                value = response.output_parsed if self.wishes["schema"] else None
                usage = (response.usage.input_tokens, response.usage.output_tokens)
                return reply(response.output_text, pieces, reasoning, value, usage)
            for call in calls:
                output = get_weather(**json.loads(call.arguments))
                self.input.append(
                    {"type": "function_call_output", "call_id": call.call_id, "output": output}
                )

    def ask(self, options):
        if not self.wishes["streams"]:
            return self.client.responses.parse(**options), 1
        pieces = 0
        with self.client.responses.stream(**options) as stream:
            for event in stream:
                if event.type == "response.output_text.delta":
                    pieces += 1
            return stream.get_final_response(), pieces


class AnthropicMessages:
    def __init__(self, wishes):
        self.wishes, self.messages = wishes, []
        self.client = anthropic_client(wishes["url"], wishes["key"])

    def say(self, prompt, model, picture):
        source = {"type": "base64", "media_type": "image/png", "data": PICTURE["base64"]}
        image = {"type": "image", "source": source}
        content = [{"type": "text", "text": prompt}, image] if picture else prompt
        self.messages.append({"role": "user", "content": content})
        options = {"model": model, "messages": self.messages, "max_tokens": 4096}
        if self.wishes["tools"]:
            named = {"name": TOOL["name"], "description": TOOL["description"]}
            options["tools"] = [{**named, "input_schema": TOOL["parameters"]}]
        if self.wishes["reasons"]:
            options["thinking"] = {
                "type": "enabled",
                "budget_tokens": 2048,
                "display": "summarized",
            }
        while True:
            message, pieces = self.ask(options)
            self.messages.append({"role": "assistant", "content": message.content})
            uses = [block for block in message.content if block.type == "tool_use"]
            if not uses:
                text = "".join(part.text for part in message.content if part.type == "text")
                thoughts = [part for part in message.content if part.type == "thinking"]
                reasoning = "".join(part.thinking for part in thoughts)
                value = message.parsed_output if self.wishes["schema"] else None
                usage = (message.usage.input_tokens, message.usage.output_tokens)
                return reply(text, pieces, reasoning, value, usage)
            results = [
                {
                    "type": "tool_result",
                    "tool_use_id": use.id,
                    "content": get_weather(**use.input),
                }
                for use in uses
            ]
            self.messages.append({"role": "user", "content": results})

    def ask(self, options):
        if self.wishes["schema"]:
            return self.client.messages.parse(**options, output_format=Weather), 1
        if not self.wishes["streams"]:
            return self.client.messages.create(**options), 1
        with self.client.messages.stream(**options) as stream:
            pieces = sum(1 for _ in stream.text_stream)
            return stream.get_final_message(), pieces


class Gemini:
    """Its chats call the function themselves, and keep the history."""

    def __init__(self, wishes):
        self.wishes, self.model, self.chat = wishes, None, None
        self.client = gemini_client(wishes["url"], wishes["key"])
        options = {}
        if wishes["tools"]:
            options["tools"] = [get_weather]
        if wishes["reasons"]:
            options["thinking_config"] = types.ThinkingConfig(include_thoughts=True)
        if wishes["schema"]:
            options["response_mime_type"] = "application/json"
            options["response_schema"] = Weather
        self.config = types.GenerateContentConfig(**options)

    def say(self, prompt, model, picture):
        if model != self.model:
            history = self.chat.get_history() if self.chat else None
            self.chat = self.client.chats.create(model=model, config=self.config, history=history)
            self.model = model
        message = [types.Part.from_text(text=prompt)]
        if picture:
            data = base64.b64decode(PICTURE["base64"])
            message.append(types.Part.from_bytes(data=data, mime_type=PICTURE["mediaType"]))
        if self.wishes["streams"]:
            answers = list(self.chat.send_message_stream(message))
        else:
            answers = [self.chat.send_message(message)]
        parts = [part for answer in answers for part in answer.parts or []]
        thoughts = [part.text for part in parts if part.text and part.thought]
        spoken = [part.text for part in parts if part.text and not part.thought]
        usage = answers[-1].usage_metadata
        value = answers[-1].parsed if self.wishes["schema"] else None
        counts = (usage.prompt_token_count, usage.candidates_token_count)
        return reply("".join(spoken), len(spoken), "".join(thoughts), value, counts)


CLIENTS = {
    "python-openai-chat": OpenaiChat,
    "python-openai-responses": OpenaiResponses,
    "python-anthropic": AnthropicMessages,
    "python-gemini": Gemini,
}

KINDS = {
    openai.BadRequestError: "bad-request",
    openai.AuthenticationError: "authentication",
    openai.RateLimitError: "rate-limit",
    anthropic.BadRequestError: "bad-request",
    anthropic.AuthenticationError: "authentication",
    anthropic.RateLimitError: "rate-limit",
}


def failure(error):
    kind = KINDS.get(type(error), "foreign")
    after = None
    if isinstance(error, errors.ClientError):
        kind = {400: "bad-request", 401: "authentication", 429: "rate-limit"}.get(error.code, kind)
        for detail in error.details["error"].get("details", []):
            after = detail.get("retryDelay", "").rstrip("s") or after
    elif kind != "foreign":
        after = error.response.headers.get("retry-after")
    message = f"{type(error).__name__}: {error}"
    return {
        "kind": kind,
        "message": message,
        "retryAfterSeconds": None if after is None else int(after),
    }


conversations = {}
for line in sys.stdin:
    asked = json.loads(line)
    try:
        number = asked["conversation"]
        if number not in conversations:
            conversations[number] = CLIENTS[asked["client"]](asked["wishes"])
        said = {"reply": conversations[number].say(asked["prompt"], asked["model"], asked["picture"])}
    except Exception as error:  # whatever it raises is what its user gets
        said = {"failure": failure(error)}
    print(json.dumps({"id": asked["id"], **said}), flush=True)
