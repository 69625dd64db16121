/** The built page carries its own policy, for hosts that send none. */
import type { Plugin } from "vite";
import { pagePolicy } from "../src/node/studio-server.ts";

export function policyPlugin(): Plugin {
  return {
    name: "policy",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "content-security-policy", content: pagePolicy.join("; ") },
        injectTo: "head-prepend",
      },
    ],
  };
}
