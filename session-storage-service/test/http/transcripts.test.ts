import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import type { Problem, SessionEvent } from "session-protocol";
import { newSession, startTestService } from "../support/service.js";
import { entriesOf, transcriptRequests } from "../support/transcript-requests.js";

const recorder = await startTestService();
const { http } = recorder;
const { newKey, append, load, remove, subkeys, list } = transcriptRequests(recorder);
afterAll(() => recorder.stop());

const entry = (text: string) => ({ type: "user", uuid: randomUUID(), message: { content: text } });
const codeOf = ({ body }: { body: unknown }) => (body as Problem).code;
const placesOf = ({ body }: { body: unknown }) => (body as Problem).errors?.map(({ path }) => path);

describe("a transcript", () => {
  it("gives back what was appended, in order and equal", async () => {
    const key = newKey();
    const first = [entry("Füße \ud83d\ude00"), { type: "mode", deep: { a: [1.5, null, { b: '\\"}{' }] } }];
    const second = [{ uuid: 7, "": {}, big: 1e300, negative: -0 }];
    expect((await append(key, first).expect(200)).body).toEqual({ stored: 2, duplicates: 0, total: 2 });
    expect((await append(key, second).expect(200)).body).toEqual({ stored: 1, duplicates: 0, total: 3 });
    const answer = await load(key).expect(200);
    expect(entriesOf(answer)).toEqual([...first, ...(JSON.parse(JSON.stringify(second)) as object[])]);
    expect(answer.headers.etag).toBe('"3"');
  });

  it("keeps the text of an entry as it was sent", async () => {
    const key = newKey();
    const raw = '{ "n": 1.0, "big":12345678901234567890, "u":"\\u00e9" ,"z": -0 }';
    const body = `{ "entries" : [ ${raw} , {"line":\n1} ] }`;
    await http
      .post(`/api/transcripts/${key.join("/")}`)
      .set("Content-Type", "application/json")
      .send(body);
    const { text } = await load(key).set("Accept", "application/x-ndjson").expect(200);
    expect(text).toBe(`${raw}\n{"line":1}\n`);
  });

  it("takes the last of several fields of one name, as its parser does", async () => {
    const key = newKey();
    const body = '{"entries":[{"n":1}],"\\u0065ntries":[{"n":2}]}';
    await http
      .post(`/api/transcripts/${key.join("/")}`)
      .set("Content-Type", "application/json")
      .send(body);
    expect(entriesOf(await load(key))).toEqual([{ n: 2 }]);
  });

  it("stores an entry with a uuid once, and one without as often as it comes", async () => {
    const key = newKey();
    const [one, two, bare] = [entry("one"), entry("two"), { type: "mode" }];
    await append(key, [one, bare]);
    const answer = await append(key, [bare, one, two, two]).expect(200);
    expect(answer.body).toEqual({ stored: 2, duplicates: 2, total: 4 });
    expect(entriesOf(await load(key))).toEqual([one, bare, bare, two]);
  });

  it("tells uuids of different transcripts apart", async () => {
    const [key, other, one] = [newKey(), newKey(), entry("one")];
    for (const more of [{}, { subpath: "subagents/a" }])
      expect((await append(key, [one], more)).body).toMatchObject({ stored: 1 });
    expect((await append(other, [one])).body).toMatchObject({ stored: 1 });
  });

  it("keeps the order of appends that are sent at the same time, each whole", async () => {
    const key = newKey();
    const sizes = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const answer = await append(key, [
          { index, part: 0 },
          { index, part: 1 },
        ]).expect(200);
        return (answer.body as { total: number }).total;
      }),
    );
    expect(sizes.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => 2 * index + 2));
    const entries = entriesOf(await load(key)) as { index: number; part: number }[];
    for (let at = 0; at < entries.length; at += 2)
      expect(entries[at + 1]).toEqual({ index: entries[at]?.index, part: 1 });
  });

  it("was never there until something is written", async () => {
    const key = newKey();
    expect(codeOf(await load(key).expect(404))).toBe("transcript_not_found");
    await append(key, []).expect(200);
    expect(codeOf(await load(key).expect(404))).toBe("transcript_not_found");
    await append(key, [{}]).expect(200);
    expect(codeOf(await load(key, "?subpath=subagents/a").expect(404))).toBe("transcript_not_found");
  });

  it("takes an append only on the total it names", async () => {
    const key = newKey();
    await append(key, [{}]).set("If-Match", "0").expect(200);
    expect(codeOf(await append(key, [{}]).set("If-Match", '"0"').expect(412))).toBe("version_mismatch");
    await append(key, [{}]).set("If-Match", '"1"').expect(200);
    expect((await http.head(`/api/transcripts/${key.join("/")}`)).headers.etag).toBe('"2"');
  });

  it("takes a thousand entries at once, and gives back a hundred thousand", async () => {
    const key = newKey();
    for (let round = 0; round < 100; round += 1) {
      const entries = Array.from({ length: 1_000 }, (_, index) => ({ uuid: `${round}-${index}`, index }));
      await append(key, entries).expect(200);
    }
    const { text } = await load(key).set("Accept", "application/x-ndjson").expect(200);
    expect(text.split("\n").length - 1).toBe(100_000);
    expect((entriesOf(await load(key)) as unknown[]).length).toBe(100_000);
  });
});

describe("the sessions of a project", () => {
  it("are those with a main transcript, with their time and summary", async () => {
    const [project] = ["-work-listed"];
    const startedMs = Date.now();
    await append([project, "a"], [{}], { summary: { data: { title: "first" } } });
    await append([project, "a"], [{}], { summary: { data: { title: "second", n: 1 } } });
    await append([project, "b"], [{}]);
    await append([project, "c"], [{}], { subpath: "subagents/x" });
    const sessions = (await list(project)).toSorted((one, other) =>
      one.sessionId.localeCompare(other.sessionId),
    );
    expect(sessions.map(({ mtime: _, ...rest }) => rest)).toEqual([
      { sessionId: "a", summary: { data: { title: "second", n: 1 } } },
      { sessionId: "b" },
    ]);
    for (const { mtime } of sessions) {
      expect(mtime).toBeGreaterThanOrEqual(startedMs);
      expect(mtime).toBeLessThanOrEqual(Date.now());
    }
  });

  it("keep their summary where an append is a repeat, and get one that comes alone", async () => {
    const [project, one] = ["-work-summaries", entry("one")];
    await append([project, "a"], [one], { summary: { n: 1 } });
    await append([project, "a"], [entry("two")], { summary: { n: 2 } });
    await append([project, "a"], [one], { summary: { n: 1 } });
    expect((await list(project))[0]?.summary).toEqual({ n: 2 });
    await append([project, "a"], [], { summary: { n: 3 } });
    expect((await list(project))[0]?.summary).toEqual({ n: 3 });
  });

  it("are none where the project is not known", async () => {
    expect(await list("-nowhere")).toEqual([]);
  });
});

describe("a session that is looked for in all projects", () => {
  const places = async (sessionId: string): Promise<unknown> =>
    ((await http.get(`/api/transcripts?sessionId=${sessionId}`).expect(200)).body as { transcripts: unknown })
      .transcripts;

  it("is found wherever it has a main transcript, as soon as that is stored", async () => {
    await append(["-work-one", "moved"], [{}]);
    await append(["-work-two", "moved"], [{}], { subpath: "subagents/x" });
    await append(["-work-three", "other"], [{}]);
    const [listed] = await list("-work-one");
    expect(await places("moved")).toEqual([
      { projectKey: "-work-one", sessionId: "moved", mtime: listed?.mtime },
    ]);
    await remove(["-work-one", "moved"]).expect(200);
    expect(await places("moved")).toEqual([]);
  });

  it("has to be named", async () => {
    expect(placesOf(await http.get("/api/transcripts").expect(400))).toEqual(["sessionId"]);
  });
});

const ODD_SUBPATHS = [
  "subagents/a",
  "a",
  "a/b",
  "main",
  "summary",
  "../../x",
  ".",
  "a.jsonl",
  "ü /\0",
  "~/a",
  "x".repeat(512),
];

describe("sub-agents' transcripts", () => {
  it("are kept under any subpath, each on its own", async () => {
    const key = newKey();
    for (const subpath of ODD_SUBPATHS) await append(key, [{ subpath }], { subpath }).expect(200);
    expect(new Set((await subkeys(key)) as string[])).toEqual(new Set(ODD_SUBPATHS));
    for (const subpath of ODD_SUBPATHS) {
      const answer = await load(key, `?subpath=${encodeURIComponent(subpath)}`).expect(200);
      expect(entriesOf(answer)).toEqual([{ subpath }]);
    }
    await load(key).expect(404);
  });

  it("go with the main transcript, and alone when they are named", async () => {
    const key = newKey();
    for (const more of [{}, { subpath: "subagents/a" }, { subpath: "subagents/b" }])
      await append(key, [{}], more);
    expect((await remove(key, "?subpath=subagents/a").expect(200)).body).toEqual({
      success: true,
      deleted: true,
    });
    expect(await subkeys(key)).toEqual(["subagents/b"]);
    expect((await remove(key).expect(200)).body).toEqual({ success: true, deleted: true });
    expect(await subkeys(key)).toEqual([]);
    await load(key).expect(404);
    expect((await remove(key).expect(200)).body).toEqual({ success: true, deleted: false });
  });

  it("begin anew after they were deleted", async () => {
    const [key, one] = [newKey(), entry("one")];
    await append(key, [one]);
    await remove(key);
    expect((await append(key, [one])).body).toEqual({ stored: 1, duplicates: 0, total: 1 });
    expect(entriesOf(await load(key))).toEqual([one]);
  });
});

describe("the session that records an append", () => {
  const eventsOf = async (sessionId: string) => {
    const answer = await http.get(`/api/sessions/${sessionId}/events?type=transcript_appended`).expect(200);
    return (answer.body as { events: SessionEvent[] }).events.map(({ data }) => data);
  };

  it("gets one event for it, however often it is repeated", async () => {
    const [key, recorderSession, one] = [newKey(), await newSession(recorder), entry("one")];
    const more = { recorderSession, subpath: "subagents/a" };
    await append(key, [one, {}], more).expect(200);
    const [projectKey, transcriptSessionId] = key;
    const event = { projectKey, transcriptSessionId, subpath: "subagents/a", entries: 2, total: 2 };
    expect(await eventsOf(recorderSession)).toEqual([event]);
    await append(newKey(), [one], { recorderSession });
    await append(newKey(), [], { recorderSession });
    expect((await eventsOf(recorderSession)).length).toBe(2);
  });

  it("gets the event of an append that was stored before a crash without it", async () => {
    const [key, recorderSession, one] = [newKey(), await newSession(recorder), entry("one")];
    await append(key, [one]).expect(200);
    for (let repeat = 0; repeat < 3; repeat += 1) await append(key, [one], { recorderSession }).expect(200);
    expect((await eventsOf(recorderSession)).length).toBe(1);
  });

  it("has to be there and open, else nothing is stored", async () => {
    const [key, recorderSession] = [newKey(), await newSession(recorder)];
    await http.post(`/api/sessions/${recorderSession}/finalize`).expect(200);
    expect(codeOf(await append(key, [{}], { recorderSession: "nobody" }).expect(404))).toBe(
      "session_not_found",
    );
    expect(codeOf(await append(key, [{}], { recorderSession }).expect(409))).toBe("session_closed");
    await load(key).expect(404);
  });
});

describe("refused", () => {
  it.each([
    ["..", "t", "projectKey"],
    [".hidden", "t", "projectKey"],
    ["x".repeat(256), "t", "projectKey"],
    ["a%2Fb", "t", "projectKey"],
    ["p", "-t", "transcriptSessionId"],
    ["p", "a..b", "transcriptSessionId"],
  ])("is the key %s/%s, naming %s", async (projectKey, sessionId, field) => {
    const path = `/api/transcripts/${projectKey === ".." ? "%2e%2e" : projectKey}/${sessionId}`;
    const answer = await http.post(path).send({ entries: [{}] });
    if (projectKey === "..") expect([400, 404]).toContain(answer.status);
    else expect([answer.status, placesOf(answer)]).toEqual([400, [field]]);
  });

  it.each([
    ["an entry with __proto__", '{"entries":[{},{"a":{"__proto__":1}}]}', "entries.1.a.__proto__"],
    ["a summary with __proto__", '{"entries":[],"summary":{"__proto__":1}}', "summary.__proto__"],
    ["no list of entries", '{"entries":{}}', "entries"],
  ])("is %s", async (_, body, place) => {
    const key = newKey();
    const path = `/api/transcripts/${key.join("/")}`;
    const answer = await http.post(path).set("Content-Type", "application/json").send(body).expect(400);
    expect(placesOf(answer)).toEqual([place]);
    await load(key).expect(404);
  });

  it("is an entry that nests too deep", async () => {
    const nested: unknown = JSON.parse("[".repeat(64) + "]".repeat(64)) as unknown;
    const answer = await append(newKey(), [{ nested }]).expect(400);
    expect(placesOf(answer)?.[0]).toMatch(/^entries\.0\.nested/);
  });
});
