const LF = 0x0a;
const COMMA = Buffer.from(",");
const NEWLINE = Buffer.from("\n");

/** Entries as NDJSON. An empty line, which stands for one that was lost, is left out. */
export async function* entryLines(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const entries of entriesOf(pieces)) {
    yield Buffer.concat(entries.flatMap((entry) => [entry, NEWLINE]));
  }
}

/** Entries as the one array of a JSON document. */
export async function* entryElements(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from('{"entries":[');
  let isFirst = true;
  for await (const entries of entriesOf(pieces)) {
    const parts = entries.flatMap((entry) => [COMMA, entry]);
    yield Buffer.concat(isFirst ? parts.slice(1) : parts);
    isFirst = false;
  }
  yield Buffer.from("]}");
}

/** The lines that are not empty, as many at a time as came together. */
async function* entriesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let rest: Buffer[] = [];
  for await (const piece of pieces) {
    const entries: Buffer[] = [];
    let start = 0;
    for (let end = piece.indexOf(LF); end !== -1; end = piece.indexOf(LF, start)) {
      const entry = Buffer.concat([...rest, piece.subarray(start, end)]);
      rest = [];
      if (entry.length > 0) entries.push(entry);
      start = end + 1;
    }
    if (start < piece.length) rest.push(piece.subarray(start));
    if (entries.length > 0) yield entries;
  }
}
