import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import PostalMime from "postal-mime";
import { expect, it, onTestFinished } from "vitest";
import type { Mail } from "../src/mail.js";
import { LoginRefused, Mailbox } from "../src/mailbox.js";
import { replyMessage } from "../src/reply.js";
import { Calendar, NoSeats } from "../src/services/calendar.js";
import { SHIPPED } from "../src/settings.js";
import { BadCharset, createFetch } from "../src/stages/fetch.js";

function mailbox(password = "one"): Mailbox {
  const folder = mkdtempSync(join(tmpdir(), "mailbox-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return Mailbox.at(folder, SHIPPED, "office", password);
}

it("reads letters in any form: text, HTML, attachments, other charsets, reports", async () => {
  const box = mailbox();
  const fetch = createFetch(box);
  await expect(fetch("04-wrong-charset")).rejects.toThrow(BadCharset);
  const mails = await Promise.all(box.list().map(fetch));
  const read = (id: string): Mail => mails.find((mail) => mail.id.startsWith(id)) as Mail;
  expect(mails).toHaveLength(7);
  expect(read("01").text).toMatch(/^Grüß Gott,\n\nmy sister and I/);
  expect(read("02").text).toMatch(/^Servus,.*15:00.*Schöne Grüße\nJonas Berger$/su);
  expect(read("02").subject).toBe("Früher fliegen: B-1001");
  expect(read("03").attachments.map(({ name, type }) => [name, type])).toEqual([
    ["Gutschein für Maria.pdf", "application/pdf"],
    ["weights.csv", "text/csv"],
  ]);
  expect(read("04").charset).toBe("windows-1252");
  expect(read("04").text).toContain("fliegen – geht das „im Block“, und was kostet es? 8 × 145 €");
  expect(read("05")).toMatchObject({ from: { name: "田中 由紀" }, subject: "タンデムフライトの予約" });
  expect(read("05").text).toContain("6月22日にタンデムフライトを二人で");
  expect(read("06")).toMatchObject({
    replyTo: "payments@bulk.example",
    authentication: { spf: "fail", dkim: "none", dmarc: "fail" },
  });
  expect(mails.filter(({ isAutomatic }) => isAutomatic).map(({ id }) => id)).toEqual(["07-bounce"]);
});

it("opens to a password, and to the token it gave for that", () => {
  const box = mailbox();
  expect(() => box.check(undefined)).toThrow(LoginRefused);
  expect(() => box.login("office", "two")).toThrow(LoginRefused);
  const token = box.login("office", "one");
  box.check(token);
  expect(() => box.check(token.replace(/^\d/, "9"))).toThrow("signature");
});

it("holds seats as long as there are any, and for the same customer once", () => {
  const calendar = new Calendar(join(mailbox().folder, "calendar.json"));
  calendar.hold("S-0620-1000", 1, "a");
  calendar.hold("S-0620-1000", 2, "a");
  expect(() => calendar.hold("S-0620-1000", 1, "b")).toThrow(NoSeats);
  expect(calendar.free("2026-06-20").map(({ free }) => free)).toEqual([0, 0]);
});

it("answers with letters that can be read as they were meant", async () => {
  const mail = await createFetch(mailbox())("05-japanese");
  const raw = await replyMessage(mail, { subject: "Re: 予約", body: "田中様\n\n14時に。" });
  const read = await PostalMime.parse(raw);
  expect(read).toMatchObject({
    to: [{ name: "田中 由紀", address: "tanaka@example.jp" }],
    subject: "Re: 予約",
    inReplyTo: "<e5.20260617@example.jp>",
  });
  expect(read.text?.trim()).toBe("田中様\n\n14時に。");
});
