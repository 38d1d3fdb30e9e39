import { hash32 } from "./event-ids.js";

/** More than one entry only where keys share all 32 bits of their hash. */
interface Leaf<V> {
  readonly hash: number;
  readonly entries: readonly (readonly [key: string, value: V])[];
}

/** Children in the order of the bits set in `bits`. */
interface Branch<V> {
  readonly bits: number;
  readonly children: readonly Node<V>[];
}

type Node<V> = Leaf<V> | Branch<V>;

const STEP = 5;
const MASK = 31;

/**
 * A map whose older values stay as they are: a change makes a new map that shares nearly all of the old one,
 * at a cost that hardly grows with its size. Equal content has equal structure, but for colliding hashes.
 */
export class PersistentMap<V> {
  private constructor(
    private readonly root: Node<V> | undefined,
    readonly size: number,
  ) {}

  static empty<V>(): PersistentMap<V> {
    return new PersistentMap<V>(undefined, 0);
  }

  static of<V>(entries: Iterable<readonly [string, V]>): PersistentMap<V> {
    let map = PersistentMap.empty<V>();
    for (const [key, value] of entries) map = map.set(key, value);
    return map;
  }

  get(key: string): V | undefined {
    return this.size === 0 ? undefined : found(this.root, hash32(key), key)?.[1];
  }

  has(key: string): boolean {
    return this.size > 0 && found(this.root, hash32(key), key) !== undefined;
  }

  set(key: string, value: V): PersistentMap<V> {
    const hash = hash32(key);
    const isNew = found(this.root, hash, key) === undefined;
    return new PersistentMap(put(this.root, 0, hash, [key, value]), this.size + (isNew ? 1 : 0));
  }

  delete(key: string): PersistentMap<V> {
    const hash = hash32(key);
    if (found(this.root, hash, key) === undefined) return this;
    return new PersistentMap(without(this.root as Node<V>, 0, hash, key), this.size - 1);
  }

  /** Entries that `older` does not have like this. Where one map was made from the other, it costs what differs. */
  *changesSince(older: PersistentMap<V> | undefined): Generator<readonly [string, V]> {
    for (const entry of unshared(this.root, older?.root)) {
      if (older?.get(entry[0]) !== entry[1]) yield entry;
    }
  }

  /** In no order that means anything. */
  *entries(node: Node<V> | undefined = this.root): Generator<readonly [string, V]> {
    if (node === undefined) return;
    if (isLeaf(node)) yield* node.entries;
    else for (const child of node.children) yield* this.entries(child);
  }
}

/** Entries under `node`, without those that `before`, the same place in an older map, surely has as well. */
function* unshared<V>(
  node: Node<V> | undefined,
  before: Node<V> | undefined,
): Generator<readonly [string, V]> {
  if (node === undefined || node === before) return;
  if (isLeaf(node)) {
    yield* node.entries;
    return;
  }
  const old = before === undefined || isLeaf(before) ? undefined : before;
  for (let rest = node.bits, place = 0; rest !== 0; rest &= rest - 1, place += 1) {
    const bit = rest & -rest;
    const has = old !== undefined && (old.bits & bit) !== 0;
    yield* unshared(node.children[place], has ? old.children[placeOf(old.bits, bit)] : undefined);
  }
}

function isLeaf<V>(node: Node<V>): node is Leaf<V> {
  return "entries" in node;
}

const bitAt = (hash: number, shift: number): number => 1 << ((hash >>> shift) & MASK);

function countBits(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

/** Which child a bit stands for. */
const placeOf = (bits: number, bit: number): number => countBits(bits & (bit - 1));

function found<V>(root: Node<V> | undefined, hash: number, key: string): readonly [string, V] | undefined {
  let node = root;
  for (let shift = 0; node !== undefined; shift += STEP) {
    if (isLeaf(node)) return node.hash === hash ? node.entries.find(([own]) => own === key) : undefined;
    const bit = bitAt(hash, shift);
    node = (node.bits & bit) === 0 ? undefined : node.children[placeOf(node.bits, bit)];
  }
  return undefined;
}

function put<V>(
  node: Node<V> | undefined,
  shift: number,
  hash: number,
  entry: readonly [string, V],
): Node<V> {
  if (node === undefined) return { hash, entries: [entry] };
  if (!isLeaf(node)) return putInto(node, shift, hash, entry);
  if (node.hash !== hash) {
    return putInto({ bits: bitAt(node.hash, shift), children: [node] }, shift, hash, entry);
  }
  return { hash, entries: [...node.entries.filter(([own]) => own !== entry[0]), entry] };
}

function putInto<V>(
  { bits, children }: Branch<V>,
  shift: number,
  hash: number,
  entry: readonly [string, V],
): Branch<V> {
  const bit = bitAt(hash, shift);
  const place = placeOf(bits, bit);
  const before = (bits & bit) === 0 ? undefined : children[place];
  const child = put(before, shift + STEP, hash, entry);
  return { bits: bits | bit, children: children.toSpliced(place, before === undefined ? 0 : 1, child) };
}

/** A branch that is left with one leaf becomes that leaf, as if there had never been another. */
function without<V>(node: Node<V>, shift: number, hash: number, key: string): Node<V> | undefined {
  if (isLeaf(node)) {
    const entries = node.entries.filter(([own]) => own !== key);
    return entries.length === 0 ? undefined : { hash, entries };
  }
  const bit = bitAt(hash, shift);
  const place = placeOf(node.bits, bit);
  const child = without(node.children[place] as Node<V>, shift + STEP, hash, key);
  const children = node.children.toSpliced(place, 1, ...(child === undefined ? [] : [child]));
  const [only] = children;
  if (children.length < 2 && (only === undefined || isLeaf(only))) return only;
  return { bits: child === undefined ? node.bits & ~bit : node.bits, children };
}
