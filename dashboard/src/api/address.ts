/** What `config.json` beside the page may say. */
interface PageConfig {
  /** Base address of the storage service, such as `http://127.0.0.1:9000`. Absent: the page's own origin. */
  readonly service?: string;
}

/**
 * Base address of the service: what `config.json` beside the page names, else the origin the page came from, as
 * behind a proxy. An address that is no http URL is as good as none.
 */
export async function serviceAddress(page: URL, request: typeof fetch): Promise<URL> {
  const origin = new URL("/", page);
  try {
    const answer = await request(new URL("config.json", page));
    if (!answer.ok) return origin;
    const { service } = (await answer.json()) as PageConfig;
    const named = service === undefined ? origin : new URL(service, origin);
    return named.protocol === "http:" || named.protocol === "https:" ? named : origin;
  } catch {
    return origin;
  }
}
