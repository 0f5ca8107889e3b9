// What is used of the peers, in their own words: the project's types are checked without their 240 MB being installed.
declare module "@lancedb/lancedb" {
  export type Index = { readonly isIndex: true };
  export const Index: {
    fts(): Index;
    hnswSq(options: { distanceType: "cosine"; numPartitions: number }): Index;
  };
  export type Query = {
    fullTextSearch(query: string, options: { columns: string[] }): Query;
    nearestTo(vector: number[]): VectorQuery;
  };
  export type VectorQuery = {
    distanceType(type: "cosine"): VectorQuery;
    bypassVectorIndex(): VectorQuery;
    ef(ef: number): VectorQuery;
    refineFactor(factor: number): VectorQuery;
    rerank(reranker: Reranker): VectorQuery;
    select(columns: string[]): VectorQuery;
    limit(limit: number): VectorQuery;
    // biome-ignore lint/suspicious/noExplicitAny: as LanceDB declares it
    toArray(): Promise<any[]>;
  };
  export type Table = {
    createIndex(column: string, options: { config: Index }): Promise<void>;
    waitForIndex(names: string[], timeoutSeconds: number): Promise<void>;
    optimize(): Promise<unknown>;
    query(): Query;
    close(): void;
  };
  export type Connection = {
    createTable(name: string, rows: Record<string, unknown>[]): Promise<Table>;
    close(): void;
  };
  export function connect(directory: string): Promise<Connection>;
  export type Reranker = { readonly isReranker: true };
  export const rerankers: { RRFReranker: { create(k?: number): Promise<Reranker> } };
}

declare module "@orama/orama" {
  export type Orama<Schema> = { readonly schema: Schema };
  type Tokenizer = { language: string; stemming: boolean; stopWords: string[] };
  export function create<Schema>(options: { schema: Schema; components: { tokenizer: Tokenizer } }): Orama<Schema>;
  export function insertMultiple(db: Orama<unknown>, rows: Record<string, unknown>[]): Promise<string[]> | string[];
  type Hybrid = { mode: "hybrid"; term: string; vector: { value: number[]; property: string } };
  type Asking = Hybrid & { properties: string[]; similarity: number; limit: number };
  type Hits = { hits: { document: { textId: string } }[] };
  export function search(db: Orama<unknown>, asking: Asking): Promise<Hits> | Hits;
}

declare module "@orama/stopwords/english" {
  export const stopwords: string[];
}
