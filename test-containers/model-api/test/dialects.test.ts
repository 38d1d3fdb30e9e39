import type OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { startModel } from "./support/model.js";

const SCRIPT = {
  usage: { input: 100, output: 10, cacheRead: 1_000, cacheWrite: 0 },
  scenarios: {
    patch: {
      turns: [
        {
          thinking: "A patch will do.",
          text: "I patch.",
          tools: [
            { name: "apply_patch", input: "*** Add File: {dir}/a" },
            { name: "wait", namespace: "collaboration", input: { ms: 1 } },
          ],
        },
        { expects: "Done: (?<what>\\w+)", text: "It says {what}." },
      ],
    },
    refused: { turns: [{ status: 400, type: "INVALID_ARGUMENT" }] },
  },
};

describe("OpenAI's responses", () => {
  it("are played for OpenAI's client, several items being one turn", async () => {
    const { openai } = await startModel(SCRIPT);
    const asked = { role: "user" as const, content: "play:patch dir:/tmp/x" };
    const first = await openai.responses.create({ model: "m", input: [asked] });
    const [reasoning, message, custom, call] = first.output;
    expect(reasoning).toMatchObject({ type: "reasoning", summary: [{ text: "A patch will do." }] });
    expect(message).toMatchObject({ type: "message", role: "assistant" });
    expect(custom).toMatchObject({ type: "custom_tool_call", input: "*** Add File: /tmp/x/a" });
    expect(call).toMatchObject({ type: "function_call", namespace: "collaboration", arguments: '{"ms":1}' });
    expect(first.usage).toMatchObject({ input_tokens: 1_100, output_tokens: 13 });

    const said: OpenAI.Responses.ResponseInputItem[] = [
      { type: "message", role: "assistant", content: "I patch." },
      { type: "custom_tool_call", call_id: "c", name: "apply_patch", input: "*** Add File: /tmp/x/a" },
      { type: "custom_tool_call_output", call_id: "c", output: "Done: it" },
    ];
    const second = await openai.responses.create({ model: "m", input: [asked, ...said] });
    expect(second.output_text).toBe("It says it.");
    expect(second.usage).toMatchObject({ input_tokens: 1_101 });
  });

  it("are streamed as the same", async () => {
    const { openai } = await startModel(SCRIPT);
    const stream = await openai.responses.create({
      model: "m",
      input: "play:patch dir:/tmp/x",
      stream: true,
    });
    let said = "";
    const types = new Set<string>();
    for await (const event of stream) {
      types.add(event.type);
      if (event.type === "response.output_text.delta") said += event.delta;
      if (event.type === "response.completed") expect(event.response.output).toHaveLength(4);
    }
    expect(said).toBe("I patch.");
    expect([...types].at(-1)).toBe("response.completed");
  });
});

describe("the Gemini API", () => {
  const ask = async (url: string, method: string, contents: object[]): Promise<Response> =>
    fetch(`${url}/v1beta/models/gemini-m:${method}`, {
      method: "POST",
      headers: { "x-goog-api-key": "any" },
      body: JSON.stringify({ contents }),
    });
  const asked = (text: string): object => ({ role: "user", parts: [{ text }] });

  it("is played, and its stream brings the parts one by one", async () => {
    const { url } = await startModel(SCRIPT);
    const answer = await ask(url, "streamGenerateContent", [asked("play:patch dir:/tmp/x")]);
    const chunks = (await answer.text())
      .split("\n")
      .filter((line) => line.startsWith("data: "))
      .map((line) => JSON.parse(line.slice(6)) as { candidates: { content: { parts: object[] } }[] });
    expect(chunks.flatMap(({ candidates: [first] }) => first?.content.parts)).toEqual([
      { text: "A patch will do.", thought: true },
      { text: "I patch." },
      { functionCall: { name: "apply_patch", args: "*** Add File: /tmp/x/a" } },
      { functionCall: { name: "wait", args: { ms: 1 } } },
    ]);
    expect(chunks.at(-1)).toMatchObject({
      modelVersion: "gemini-m",
      candidates: [{ finishReason: "STOP" }],
      usageMetadata: { promptTokenCount: 1_100, cachedContentTokenCount: 1_000, candidatesTokenCount: 13 },
    });
  });

  it("reads what tools answered, and refuses as scripted", async () => {
    const { url } = await startModel(SCRIPT);
    const told = [
      asked("play:patch"),
      { role: "model", parts: [{ functionCall: { name: "wait", args: {} } }] },
      { role: "user", parts: [{ functionResponse: { name: "wait", response: { output: "Done: that" } } }] },
    ];
    expect(await (await ask(url, "generateContent", told)).json()).toMatchObject({
      candidates: [{ content: { parts: [{ text: "It says that." }] } }],
    });
    const refused = await ask(url, "generateContent", [asked("play:refused")]);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { code: 400, status: "INVALID_ARGUMENT" } });
  });
});
