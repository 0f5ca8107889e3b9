declare module "stopword" {
  type Words = readonly string[];
  export const dan: Words, deu: Words, fin: Words, fra: Words, hun: Words, ita: Words, jpn: Words, kor: Words;
  export const nld: Words,
    nob: Words,
    por: Words,
    ron: Words,
    rus: Words,
    spa: Words,
    swe: Words,
    tur: Words,
    zho: Words;
}
