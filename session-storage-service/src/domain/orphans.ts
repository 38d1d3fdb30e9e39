/** Parents that are waited for. Past this the oldest is forgotten: its children still name it themselves. */
const MAX_PARENTS = 10_000;

/** Children whose parent session does not exist yet. */
export class Orphans {
  readonly #children = new Map<string, Set<string>>();

  add(parent: string, child: string): void {
    const children = this.#children.get(parent);
    if (children !== undefined) {
      children.add(child);
      return;
    }
    this.#children.set(parent, new Set([child]));
    const [oldest] = this.#children.keys();
    if (this.#children.size > MAX_PARENTS && oldest !== undefined) this.#children.delete(oldest);
  }

  take(parent: string): Iterable<string> {
    const children = this.#children.get(parent) ?? [];
    this.#children.delete(parent);
    return children;
  }
}
