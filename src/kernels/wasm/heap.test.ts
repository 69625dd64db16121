import fc from "fast-check";
import { expect, test } from "vitest";
import { Heap } from "./heap.ts";

test("pieces never overlap, and all of them given back make one again", () => {
  const property = fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 3000 }))), (actions) => {
    const heap = new Heap(100, 20_000);
    const taken: { start: number; end: number }[] = [];
    for (const [take, number] of actions) {
      if (take) {
        const start = heap.take(number);
        if (start === 0) continue;
        expect(start % Heap.alignment).toBe(0);
        const piece = { start, end: start + Math.max(number, 1) };
        for (const other of taken) expect(piece.end <= other.start || other.end <= piece.start).toBe(true);
        taken.push(piece);
      } else if (taken.length > 0) heap.give(taken.splice(number % taken.length, 1)[0]!.start);
    }
    for (const { start } of taken) heap.give(start);
    expect(heap.take(19_968 - 128)).toBe(128); // all there is, from the first multiple of 64
  });
  fc.assert(property);
});

test("giving back twice is refused", () => {
  const heap = new Heap(0, 1000);
  heap.take(10); // address 0 would mean full, but a memory never starts there
  const start = heap.take(10);
  heap.give(start);
  expect(() => heap.give(start)).toThrow("nothing was handed out");
});
