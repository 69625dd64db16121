/** BLAS libraries by their usual names, and what each can tell about itself. */
import type { Koffi } from "./foreign-product.ts";

export interface BlasLibrary {
  readonly path: string;
  readonly name: string; // "OpenBLAS", "MKL", "BLIS", "Accelerate" or "BLAS"
  readonly version: string | undefined; // as the library tells it
  readonly core: string | undefined; // the processor type it chose its code for
  /** Whether our threads may call it at the same time; otherwise it threads a whole product itself. */
  readonly concurrent: boolean;
}

/** Where libraries are by platform, best first. */
const usualNames: Readonly<Record<string, readonly string[]>> = {
  linux: ["libopenblas.so.0", "libopenblas.so", "libmkl_rt.so.2", "libmkl_rt.so", "libblis.so.4", "libblis.so"],
  darwin: [
    "/System/Library/Frameworks/Accelerate.framework/Accelerate",
    "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
  ],
  win32: ["libopenblas.dll", "openblas.dll", "mkl_rt.2.dll"],
};

/** Read when a library is loaded: the threads are ours, one call is one thread. */
const threadVariables = ["OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "OMP_NUM_THREADS"];

/**
 * Loads the first library that is there.
 * @param asked - a path to use instead of the usual names
 * @returns the library, or one sentence saying what is missing and how to get it
 */
export function findLibrary(koffi: Koffi, asked: string | undefined, threads: number): BlasLibrary | string {
  const before = threadVariables.map((name) => process.env[name]);
  for (const name of threadVariables) process.env[name] = "1";
  process.env.VECLIB_MAXIMUM_THREADS ??= String(threads); // Accelerate threads by itself
  try {
    const failures: string[] = [];
    for (const path of asked ? [asked] : (usualNames[process.platform] ?? [])) {
      try {
        return describe(koffi, path);
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
    return asked
      ? `CHAINRULE_BLAS_PATH is "${asked}": ${failures[0]}`
      : `no BLAS library was found; ${installHint[process.platform] ?? "install OpenBLAS"}`;
  } finally {
    threadVariables.forEach((name, i) => {
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
    });
  }
}

const installHint: Readonly<Record<string, string>> = {
  linux: "on Debian and Ubuntu: sudo apt-get install libopenblas0; on Fedora: sudo dnf install openblas",
  darwin: "brew install openblas",
  win32: "put OpenBLAS's libopenblas.dll on the PATH, or its path into CHAINRULE_BLAS_PATH",
};

function describe(koffi: Koffi, path: string): BlasLibrary {
  const library = koffi.load(path);
  /** What a function of the library returns, undefined when it has no such function. */
  const ask = (name: string, result: string, ...args: [type: string, value: number][]): string | number | undefined => {
    try {
      const call = library.func(
        name,
        result,
        args.map(([type]) => type),
      );
      return call(...args.map(([, value]) => value)) as string | number;
    } catch {
      return undefined;
    }
  };
  if (!hasProducts(library)) throw new Error(`${path} has no cblas_sgemm`);

  const config = ask("openblas_get_config", "str");
  if (typeof config === "string") {
    ask("openblas_set_num_threads", "void", ["int", 1]);
    const version = /OpenBLAS (\S+)/.exec(config)?.[1];
    const core = ask("openblas_get_corename", "str");
    const concurrent = ask("openblas_get_parallel", "int") !== 0; // a build without threads is not safe to call from several
    return { path, name: "OpenBLAS", version, core: typeof core === "string" ? core : undefined, concurrent };
  }
  if (ask("MKL_Set_Num_Threads", "void", ["int", 1]) !== undefined || path.includes("mkl"))
    return { path, name: "MKL", version: undefined, core: undefined, concurrent: true };
  const blis = ask("bli_info_get_version_str", "str");
  if (typeof blis === "string") {
    ask("bli_thread_set_num_threads", "void", ["int64_t", 1]);
    return { path, name: "BLIS", version: blis, core: undefined, concurrent: true };
  }
  const name = path.includes("Accelerate") ? "Accelerate" : "BLAS";
  return { path, name, version: undefined, core: undefined, concurrent: false };
}

function hasProducts(library: ReturnType<Koffi["load"]>): boolean {
  try {
    for (const name of ["cblas_sgemm", "cblas_dgemm"]) library.func(name, "void", []);
    return true;
  } catch {
    return false;
  }
}
