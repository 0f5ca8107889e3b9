import { defineConfig } from "vitest/config";

/** Tests that read files only, so `npm run check` can run them in a second. */
const files = ["test/contract/layers.test.ts", "test/contract/seeds.test.ts", "test/contract/documents.test.ts"];
const timeouts = { testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { name: "files", include: files } },
      {
        // One stack for all: Postgres, Bedrock and the worker in workerd.
        test: {
          name: "main",
          include: ["test/**/*.test.ts"],
          exclude: ["**/node_modules/**", "test/fault/**", ...files],
          maxWorkers: 2, // more than a machine of two cores gets by itself: they wait for the stack
          globalSetup: "test/setup.ts",
          ...timeouts,
        },
      },
      {
        // Each file breaks a stack of its own.
        test: {
          name: "fault",
          include: ["test/fault/**/*.test.ts"],
          maxWorkers: 5, // they wait more than they work
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
