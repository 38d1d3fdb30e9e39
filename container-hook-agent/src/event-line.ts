/** The envelope as this library writes it: the type, the id, and the data last. */
const ENVELOPE = /^\{"type":"([a-z_]+)","id":("(?:[^"\\]|\\.)*")/;

const FINALIZES = '{"type":"session_finalized"';

export function eventLine(type: string, id: string, data: string): string {
  return `{"type":"${type}","id":${JSON.stringify(id)},"data":${data}}`;
}

/** The id in the event's line, or undefined where another hand wrote it. */
export function idOf(line: string): string | undefined {
  const quoted = ENVELOPE.exec(line)?.[2];
  return quoted === undefined ? undefined : (JSON.parse(quoted) as string);
}

const DATA = ',"data":';

/** What follows the envelope in an event's line: its data, and the end. */
export const dataOf = (line: string): string => line.slice(line.indexOf(DATA) + DATA.length);

/** Whether it ends the session: nothing may follow it in its batch. */
export const endsSession = (line: string): boolean => line.startsWith(FINALIZES);
