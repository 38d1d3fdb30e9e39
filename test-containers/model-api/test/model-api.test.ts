import { describe, expect, it } from "vitest";
import { assistant, startModel, user } from "./support/model.js";

const WEATHER = {
  scenarios: {
    weather: {
      when: { system: "weather", user: "flight at (?<hour>\\d+)" },
      turns: [
        { text: "I look.", tools: [{ name: "wind", input: { hour: "{hour}", unit: "{unknown}" } }] },
        { expects: "gusts (?<gusts>\\d+)", text: "Gusts of {gusts} at {hour}." },
      ],
    },
  },
};
const QUESTION = [user("Is there a flight at 14?")];
const LOOKED = [
  ...QUESTION,
  assistant([{ type: "tool_use", id: "t1", name: "wind", input: {} }]),
  user([{ type: "tool_result", tool_use_id: "t1", content: [{ type: "text", text: "gusts 41" }] }]),
];

describe("the Messages API", () => {
  it("plays the turns of a scenario, and puts in what it has read", async () => {
    const model = await startModel(WEATHER);
    const asks = (messages: object[]) => model.messages({ system: "You know the weather.", messages });
    expect(await (await asks(QUESTION)).json()).toMatchObject({
      type: "message",
      role: "assistant",
      stop_reason: "tool_use",
      content: [
        { type: "text", text: "I look." },
        { type: "tool_use", name: "wind", input: { hour: "14", unit: "{unknown}" } },
      ],
      usage: { input_tokens: 12 },
    });
    expect(await (await asks(LOOKED)).json()).toMatchObject({
      stop_reason: "end_turn",
      content: [{ type: "text", text: "Gusts of 41 at 14." }],
    });
    expect(await model.steps()).toEqual(["weather/0", "weather/1"]);
  });

  it("streams what it would answer at once", async () => {
    const model = await startModel(WEATHER);
    const answer = await model.messages({ system: "weather", messages: QUESTION, stream: true });
    const events = (await answer.text())
      .split("\n")
      .filter((line) => line.startsWith("data: "))
      .map((line) => JSON.parse(line.slice(6)) as { type: string; delta?: Record<string, string> });
    const deltas = events.flatMap(({ delta }) => (delta === undefined ? [] : [delta]));
    const joined = (name: string): string => deltas.map((delta) => delta[name] ?? "").join("");
    expect(events[0]?.type).toBe("message_start");
    expect(joined("text")).toBe("I look.");
    expect(JSON.parse(joined("partial_json"))).toEqual({ hour: "14", unit: "{unknown}" });
    expect(deltas.at(-1)).toMatchObject({ stop_reason: "tool_use" });
    expect(events.at(-1)?.type).toBe("message_stop");
  });

  it("wants a key", async () => {
    const model = await startModel(WEATHER);
    expect((await model.messages({ messages: QUESTION }, {})).status).toBe(401);
  });
});

describe("chat completions", () => {
  const rules = { role: "system" as const, content: "weather" };

  it("are played for OpenAI's client", async () => {
    const { openai } = await startModel(WEATHER);
    const asked = await openai.chat.completions.create({
      model: "m",
      messages: [rules, { role: "user", content: "flight at 9" }],
    });
    const [call] = asked.choices[0]?.message.tool_calls ?? [];
    expect(asked.choices[0]).toMatchObject({ finish_reason: "tool_calls", message: { content: "I look." } });
    expect(call).toMatchObject({
      type: "function",
      function: { name: "wind", arguments: '{"hour":"9","unit":"{unknown}"}' },
    });
    const answered = await openai.chat.completions.create({
      model: "m",
      messages: [
        rules,
        { role: "user", content: "flight at 9" },
        { role: "assistant", tool_calls: asked.choices[0]?.message.tool_calls ?? [] },
        { role: "tool", tool_call_id: call?.id ?? "", content: "gusts 7" },
      ],
    });
    expect(answered.choices[0]?.message.content).toBe("Gusts of 7 at 9.");
    expect(answered.usage?.total_tokens).toBeGreaterThan(0);
  });

  it("are streamed for OpenAI's client", async () => {
    const { openai } = await startModel({
      scenarios: { long: { when: {}, turns: [{ text: "Grüß Gott, 🪂 ".repeat(20) }] } },
    });
    const stream = await openai.chat.completions.create({
      model: "m",
      stream: true,
      messages: [{ role: "user", content: "hello" }],
    });
    let text = "";
    let tokens = 0;
    for await (const { choices, usage } of stream) {
      text += choices[0]?.delta.content ?? "";
      tokens += usage?.completion_tokens ?? 0;
    }
    expect(text).toBe("Grüß Gott, 🪂 ".repeat(20));
    expect(tokens).toBeGreaterThan(0);
  });
});

describe("a scenario", () => {
  it("is chosen by the latest message that asks for one, else by who is asked, else is the one for all", async () => {
    const said = (text: string) => ({ turns: [{ text }] });
    const { openai } = await startModel({
      scenarios: {
        rest: { when: {}, ...said("rest") },
        pilot: { when: { system: "pilot" }, ...said("pilot") },
        first: said("first"),
        second: said("second"),
      },
    });
    const answers = async (system: string, ...asked: string[]): Promise<string | null | undefined> => {
      const messages = asked.map((content) => ({ role: "user" as const, content }));
      const all = [{ role: "system" as const, content: system }, ...messages];
      const { choices } = await openai.chat.completions.create({ model: "m", messages: all });
      return choices[0]?.message.content;
    };
    expect(await answers("", "play:first", "play:second", "go on")).toBe("second");
    expect(await answers("a pilot", "play:first")).toBe("first");
    expect(await answers("a pilot", "hello")).toBe("pilot");
    expect(await answers("", "hello")).toBe("rest");
  });

  it("fails loudly where what it waits for was not said", async () => {
    const model = await startModel(WEATHER);
    const silent = [...LOOKED.slice(0, 2), user("no wind")];
    const answer = await model.messages({ system: "weather", messages: silent });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("scenario weather, turn 1");
    expect(model.warnings).toEqual([expect.stringContaining("is not in: no wind")]);
    expect((await model.messages({ messages: [user("hello")] })).status).toBe(400);
  });

  it("remembers what was said before it began", async () => {
    const model = await startModel({
      scenarios: { again: { turns: [{ recalls: "the pass is (?<pass>\\w+)", text: "It was {pass}." }] } },
    });
    const before = [user("the pass is open"), assistant("Good.")];
    const recalled = await model.messages({ messages: [...before, user("play:again")] });
    expect(await recalled.json()).toMatchObject({ content: [{ text: "It was open." }] });
    expect((await model.messages({ messages: [user("play:again")] })).status).toBe(400);
  });

  it("is refused as often as it says", async () => {
    const refused = { status: 529, type: "overloaded_error", times: 2 };
    const model = await startModel({ scenarios: { busy: { turns: [refused, { text: "At last." }] } } });
    const ask = async () => (await model.messages({ messages: [user("play:busy")] })).status;
    expect([await ask(), await ask(), await ask(), await ask()]).toEqual([529, 529, 200, 200]);
    expect(model.warnings).toEqual([]);
  });
});

describe("a hold", () => {
  it("keeps an answer back until it is let go, and forgets who has gone", async () => {
    const model = await startModel(WEATHER);
    const hold = (method: string, name = "/weather/0") => fetch(`${model.url}/holds${name}`, { method });
    const waiting = async () => (await (await hold("GET", "")).json()) as { waiting: number }[];
    const until = async (count: number): Promise<void> => {
      while ((await waiting())[0]?.waiting !== count) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await hold("PUT");
    const kept = model.messages({ system: "weather", messages: QUESTION });
    const gone = new AbortController();
    const leaving = fetch(`${model.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "any" },
      body: JSON.stringify({ model: "m", system: "weather", messages: QUESTION }),
      signal: gone.signal,
    }).catch(() => undefined);
    await until(2);
    gone.abort();
    await leaving;
    await until(1);
    await hold("DELETE");
    expect((await kept).status).toBe(200);
    expect((await model.messages({ system: "weather", messages: QUESTION })).status).toBe(200);
  });
});

describe("with a key of its own", () => {
  it("it passes everything on to the real API, in both dialects, and shows it that key alone", async () => {
    const upstream = await startModel(WEATHER);
    const model = await startModel(WEATHER, { url: upstream.url, apiKey: "the real one" });
    const streamed = await model.messages({ system: "weather", messages: QUESTION, stream: true });
    expect(await streamed.text()).toContain("event: message_stop");
    const completed = await model.openai.chat.completions.create({
      model: "m",
      messages: [
        { role: "system", content: "weather" },
        { role: "user", content: "flight at 8" },
      ],
    });
    expect(completed.choices[0]?.message.content).toBe("I look.");
    const failed = await model.messages({ system: "other", messages: QUESTION });
    expect(failed.status).toBe(400);
    expect(await upstream.steps()).toEqual(["weather/0", "weather/0", undefined]);
  });
});
