import * as z from "zod";
import { count, id, instant } from "../kernel/endpoint.ts";
import { corpus } from "./search.ts";

export const running = z.boolean().meta({ description: "Whether a check is waiting or running" });

export const IndexCheckReply = z
  .object({
    id: id("index check"),
    corpus,
    entries: count.meta({ description: "What there is to find" }),
    indexed: count.meta({ description: "What is found by words" }),
    missing: count.meta({ description: "Entries that were not found by words" }),
    orphaned: count.meta({ description: "Entries that were found and are gone" }),
    outdated: count.meta({
      description:
        "Analyzed by an older analyzer, or weighted with an average length that has drifted by more than 5 %",
    }),
    withoutVector: count.meta({
      description: "Entries that were not found by meaning, by a model of the organization",
    }),
    statisticsDiffer: z.boolean().meta({ description: "Whether the statistics differed from a fresh count" }),
    repaired: count.meta({ description: "How much of it is repaired; the statistics count as one" }),
    remaining: count.nullable().meta({ description: "How much of it is not repaired; null before the first repair" }),
    startedAt: instant,
    completedAt: instant.nullable().meta({ description: "Null while it runs, and when it was given up" }),
  })
  .meta({ id: "IndexCheck" });
