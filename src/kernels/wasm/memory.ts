/**
 * The memory in which WebAssembly computes. Arrays allocated here are computed on in place; others are copied in, and out
 * again when written. The size is fixed, so that no array ever loses its buffer: untouched pages cost address space only.
 */
import type { FloatArray } from "../kernels.ts";
import { Heap } from "./heap.ts";
import { layout } from "./operations.ts";

type AnyArray = FloatArray | Int32Array | Uint8Array;

const pageSize = 65536;
const nothing = new Uint8Array(0);

export class WasmMemory {
  readonly memory: WebAssembly.Memory;
  readonly buffer: ArrayBufferLike;
  /** All of it as float64, for results that a job leaves at an address. */
  readonly numbers: Float64Array;
  /** What each tile of the last operation left here; see `assembly/job.ts`. */
  readonly partials: Float64Array;
  /** The fields of the job that comes next: whole numbers and addresses, and fractions; see `offsetsOf`. */
  readonly integers: Int32Array;
  readonly fractions: Float64Array;
  private readonly heap: Heap;
  private readonly freed: FinalizationRegistry<number>;
  private readonly borrowed: { address: number; copyTo: AnyArray | undefined; copy: AnyArray }[] = [];
  private full = false;

  /** @param threads - how many get room of their own to pack in */
  constructor(memory: WebAssembly.Memory, threads: number) {
    this.memory = memory;
    this.buffer = memory.buffer;
    this.integers = new Int32Array(this.buffer, layout.fields, 64);
    this.fractions = new Float64Array(this.buffer, layout.fields, 32);
    this.numbers = new Float64Array(this.buffer);
    this.partials = new Float64Array(this.buffer, layout.partials, layout.mostPartials);
    this.heap = new Heap(layout.scratch + threads * layout.scratchPerThread, this.buffer.byteLength);
    this.freed = new FinalizationRegistry((address) => this.heap.give(address));
  }

  /** A zeroed array in this memory, given back when it is garbage; an ordinary array when this memory is full. */
  allocate(dtype: "float32" | "float64", length: number): FloatArray {
    const array = this.take(dtype, length);
    if (!array) return dtype === "float32" ? new Float32Array(length) : new Float64Array(length);
    this.freed.register(array, array.byteOffset);
    return array.fill(0);
  }

  /** An array in this memory until {@link give}; undefined when this memory is full. Its numbers may be anything. */
  take(dtype: "float32" | "float64", length: number): FloatArray | undefined {
    const type: View<FloatArray> & { BYTES_PER_ELEMENT: number } = dtype === "float32" ? Float32Array : Float64Array;
    const address = this.heap.take(length * type.BYTES_PER_ELEMENT);
    return address === 0 ? undefined : view(type, this.buffer, address, length);
  }

  give(array: FloatArray): void {
    this.heap.give(array.byteOffset);
  }

  /** Whether an array of the operation now being prepared found no room. */
  get isFull(): boolean {
    return this.full;
  }

  /** Where `x` is, or where a copy of it is until {@link release}; 0 for none. */
  read(x: AnyArray | undefined): number {
    if (x === undefined) return 0;
    return x.buffer === this.buffer ? x.byteOffset : this.place(x, true, undefined);
  }

  /** Where to write `out`: itself, or room that {@link release} copies to it. */
  write(out: AnyArray): number {
    return out.buffer === this.buffer ? out.byteOffset : this.place(out, false, out);
  }

  /** Both of the above; 0 for none. */
  update(out: AnyArray | undefined): number {
    if (out === undefined) return 0;
    return out.buffer === this.buffer ? out.byteOffset : this.place(out, true, out);
  }

  /**
   * Room for `bytes` bytes until {@link release}; what was written there stays until the next operation.
   * @returns its address; 0 when there is none
   */
  borrow(bytes: number): number {
    const address = this.heap.take(bytes);
    if (address === 0) this.full = true;
    else this.borrowed.push({ address, copyTo: undefined, copy: nothing });
    return address;
  }

  /** Ends an operation: gives back what it borrowed, after copying out results unless it failed. */
  release(failed = false): void {
    if (this.borrowed.length === 0 && !this.full) return;
    for (const { address, copyTo, copy } of this.borrowed) {
      if (!failed) copyTo?.set(copy);
      this.heap.give(address);
    }
    this.borrowed.length = 0;
    this.full = false;
  }

  private place(x: AnyArray, copyIn: boolean, copyTo: AnyArray | undefined): number {
    const address = this.heap.take(x.byteLength);
    if (address === 0) {
      this.full = true;
      return 0;
    }
    const copy = view(x.constructor as View<AnyArray>, this.buffer, address, x.length);
    if (copyIn) copy.set(x);
    this.borrowed.push({ address, copyTo, copy });
    return address;
  }
}

type View<A> = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => A;

function view<A>(type: View<A>, buffer: ArrayBufferLike, byteOffset: number, length: number): A {
  return new type(buffer, byteOffset, length);
}

/** The largest memory that the system gives, shared where threads are possible. */
export function createMemory(shared: boolean, mostPages = 8192): WebAssembly.Memory {
  for (let pages = mostPages; ; pages = Math.floor(pages / 4)) {
    try {
      return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
    } catch (error) {
      if (pages * pageSize < 64 * 2 ** 20) throw error;
    }
  }
}
