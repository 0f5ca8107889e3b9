const FALLBACKS: Record<string, string> = {
  en: "I could not find an answer to this in the documents.",
  de: "Darauf habe ich in den Dokumenten keine Antwort gefunden.",
  fr: "Je n’ai pas trouvé de réponse à cela dans les documents.",
  es: "No he encontrado una respuesta a esto en los documentos.",
  it: "Non ho trovato una risposta nei documenti.",
  pt: "Não encontrei uma resposta para isto nos documentos.",
  nl: "Ik heb hierop in de documenten geen antwoord gevonden.",
  pl: "Nie znalazłem na to odpowiedzi w dokumentach.",
  ru: "Я не нашёл ответа на это в документах.",
  tr: "Belgelerde buna bir yanıt bulamadım.",
  ar: "لم أجد إجابة عن هذا في المستندات.",
  hi: "दस्तावेज़ों में इसका उत्तर नहीं मिला।",
  id: "Saya tidak menemukan jawabannya di dalam dokumen.",
  vi: "Tôi không tìm thấy câu trả lời cho điều này trong tài liệu.",
  th: "ไม่พบคำตอบของคำถามนี้ในเอกสาร",
  ja: "この質問への答えは文書の中に見つかりませんでした。",
  zh: "在文档中没有找到这个问题的答案。",
  ko: "문서에서 이 질문에 대한 답을 찾지 못했습니다.",
};

/** What a chatbot says that has no words of its own for it, in the language of the question. */
export const defaultFallback = (language: string | null): string => FALLBACKS[language ?? "en"] ?? FALLBACKS.en!;
