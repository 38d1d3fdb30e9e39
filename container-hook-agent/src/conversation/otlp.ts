import { objectOf, objectsOf, parseObject, type Fields } from "./fields.js";

/** The attributes of every record in a log that is sent as OTLP over HTTP, in JSON. */
export function logRecordsIn(body: string): readonly Fields[] {
  const scopes = objectsOf(parseObject(body)?.resourceLogs).flatMap(({ scopeLogs }) => objectsOf(scopeLogs));
  return scopes.flatMap(({ logRecords }) => objectsOf(logRecords)).map(attributesOf);
}

function attributesOf(record: Fields): Fields {
  const pairs = objectsOf(record.attributes).map(({ key, value }) => {
    return [String(key), Object.values(objectOf(value) ?? {})[0]] as const;
  });
  return Object.fromEntries(pairs);
}
