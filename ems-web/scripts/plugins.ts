/** What the build adds to the front end's files. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/**
 * Names the code of the first page in the document, so that it comes along with the entry instead of after it.
 *
 * It is fetched, not compiled: what is painted before it runs does not wait for its half megabyte.
 *
 * @param modules Ends of the paths of modules that are loaded when needed, such as `/src/App.tsx`.
 */
export function preloadModules(modules: readonly string[]): Plugin {
  return {
    name: "preload-modules",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(_html, { bundle }) {
        const files = new Set<string>();
        const add = (fileName: string): void => {
          const chunk = bundle?.[fileName];
          if (chunk?.type !== "chunk" || files.has(fileName)) return;
          // The document names the entry itself.
          if (!chunk.isEntry) files.add(fileName);
          for (const imported of chunk.imports) add(imported);
        };
        for (const chunk of Object.values(bundle ?? {})) {
          const inside = chunk.type === "chunk" ? chunk.moduleIds : [];
          if (inside.some((id) => modules.some((end) => id.endsWith(end)))) add(chunk.fileName);
        }
        return [...files].map((file) => ({
          tag: "link",
          attrs: { rel: "preload", as: "script", crossorigin: true, href: `/${file}` },
          injectTo: "head" as const,
        }));
      },
    },
  };
}

const LEAST_BYTES = 1_024;
const TEXT = /\.(?:js|css|html|svg)$/;

/** Writes each text file once more, compressed as far as it goes: the server sends it as it is. */
export function compress(): Plugin {
  return {
    name: "compress",
    apply: "build",
    writeBundle(options, bundle) {
      for (const item of Object.values(bundle)) {
        const content = item.type === "chunk" ? item.code : item.source;
        if (!TEXT.test(item.fileName) || content.length < LEAST_BYTES) continue;
        const packed = gzipSync(content, { level: constants.Z_BEST_COMPRESSION });
        writeFileSync(join(options.dir ?? "dist", `${item.fileName}.gz`), packed);
      }
    },
  };
}
