/** Texts of many kinds, to try counting and estimating on. */

export const english = `The gateway reads one request, finds out which format it is written in, and asks a provider
that may speak another one. Most of the time nothing goes wrong; when it does, the reader of the log wants to know
three things: who asked, what was tried, and why it was given up. Everything else is decoration. It is tempting to
keep more, because storage is cheap and somebody might need it some day, but what nobody reads only hides what
somebody should have read. A good error message names the place, the rule that was broken and the way out. She had
been working there for eleven years before anyone asked her how the numbers on the third page came about, and by
then the answer had become a story that she told at dinner, a little different each time.`;

export const licence = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software
and associated documentation files (the "Software"), to deal in the Software without restriction, including without
limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the
Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT.`;

export const code = `export function createTimer(): Timer {
  let handle: NodeJS.Timeout | undefined;

  function clear(): void {
    clearTimeout(handle);
    handle = undefined;
  }

  return {
    refresh: () => handle?.refresh(),
    set(milliseconds, onTime) {
      clear();
      if (milliseconds > 0) handle = setTimeout(onTime, milliseconds);
    },
    clear,
  };
}

def windows(values: list[float], size: int = 8) -> Iterator[list[float]]:
    """Yields every run of values that are neighbours."""
    for start in range(len(values) - size + 1):
        yield values[start : start + size]
`;

export const toolSchema = JSON.stringify({
  type: 'function',
  function: {
    name: 'search_documents',
    description: 'Searches the documents of the team and returns the passages nearest in meaning.',
    parameters: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'What to search for, in a few words' },
        limit: { type: 'integer', minimum: 1, maximum: 50, default: 10 },
        updated_after: { type: 'string', format: 'date-time' },
        folders: { type: 'array', items: { type: 'string' } },
      },
      required: ['query'],
      additionalProperties: false,
    },
  },
});

export const chinese = `网关读取一个请求,先判断它使用的格式,然后再去询问服务商,而服务商可能使用另外一种格式。大多数时候一切正常;
出了问题的时候,查看日志的人只想知道三件事:谁发出了请求,尝试过哪些办法,最后为什么放弃。其余的都是装饰。保存更多的内容
看起来很诱人,因为存储很便宜,也许将来有人会用到,但是没有人阅读的东西只会掩盖真正应该阅读的东西。`;

export const japanese = `吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所で
ニャーニャー泣いていた事だけは記憶している。吾輩はここで始めて人間というものを見た。`;

export const korean = `게이트웨이는 요청 하나를 읽고 어떤 형식으로 쓰였는지 알아낸 다음, 다른 형식을 쓸 수도 있는 제공자에게
묻습니다. 대부분의 경우에는 아무 문제도 없지만, 문제가 생기면 기록을 읽는 사람은 세 가지를 알고 싶어 합니다.`;

export const russian = `Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.
Все смешалось в доме Облонских. Жена узнала, что муж был в связи с бывшею в их доме француженкою.`;

export const hindi = `एक समय की बात है, एक छोटे से गाँव में एक गरीब किसान अपने परिवार के साथ रहता था। वह हर दिन खेत में
काम करता था और शाम को घर लौटता था।`;

export const numbers = Array.from({ length: 300 }, (_, index) => (index * 7_919) % 10_007).join(
  ', ',
);
