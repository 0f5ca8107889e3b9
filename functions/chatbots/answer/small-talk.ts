export type SmallTalk = { kind: Kind; language: string };
type Kind = "greeting" | "thanks" | "farewell";

/** What is said when nothing is asked, parted by bars. */
const SAID: Record<string, Record<Kind, string>> = {
  en: {
    greeting:
      "hello|hi|hey|hiya|howdy|greetings|good morning|good afternoon|good evening|good day|how are you|how are you doing|how do you do|nice to meet you|what's up",
    thanks:
      "thank you|thanks|thx|ty|cheers|thank you very much|thank you so much|thanks a lot|many thanks|much appreciated|that helps|that was helpful",
    farewell: "goodbye|good bye|bye|bye bye|see you|see you later|see ya|have a nice day|have a good day|good night",
  },
  de: {
    greeting: "hallo|guten tag|guten morgen|guten abend|servus|moin|grüß gott|grüezi|wie geht es ihnen|wie geht's",
    thanks: "danke|danke schön|dankeschön|vielen dank|danke sehr|herzlichen dank|besten dank",
    farewell: "tschüss|tschüs|auf wiedersehen|bis bald|schönen tag|schönen tag noch|gute nacht",
  },
  fr: {
    greeting: "bonjour|salut|bonsoir|coucou|comment allez-vous|comment ça va|ça va",
    thanks: "merci|merci beaucoup|merci bien|un grand merci",
    farewell: "au revoir|à bientôt|bonne journée|bonne soirée|bonne nuit",
  },
  es: {
    greeting: "hola|buenos días|buenas tardes|buenas noches|buenas|qué tal|cómo estás|cómo está",
    thanks: "gracias|muchas gracias|mil gracias|muchísimas gracias",
    farewell: "adiós|hasta luego|hasta pronto|nos vemos|que tenga un buen día",
  },
  it: {
    greeting: "ciao|buongiorno|buonasera|salve|come stai|come va",
    thanks: "grazie|grazie mille|molte grazie|tante grazie",
    farewell: "arrivederci|a presto|buona giornata|buonanotte",
  },
  pt: {
    greeting: "olá|oi|bom dia|boa tarde|boa noite|tudo bem|como vai",
    thanks: "obrigado|obrigada|muito obrigado|muito obrigada|valeu",
    farewell: "tchau|adeus|até logo|até mais|tenha um bom dia",
  },
  nl: {
    greeting: "goedemorgen|goedemiddag|goedenavond|goedendag|hoi|hoe gaat het",
    thanks: "dank je|dank je wel|dank u|dank u wel|bedankt|hartelijk dank",
    farewell: "tot ziens|doei|fijne dag|dag",
  },
  ru: {
    greeting: "привет|здравствуйте|здравствуй|добрый день|доброе утро|добрый вечер|как дела",
    thanks: "спасибо|большое спасибо|спасибо большое|благодарю",
    farewell: "до свидания|пока|до встречи|всего доброго",
  },
  tr: {
    greeting: "merhaba|selam|günaydın|iyi günler|iyi akşamlar|nasılsın|nasılsınız",
    thanks: "teşekkürler|teşekkür ederim|çok teşekkürler|sağ ol|sağolun",
    farewell: "hoşça kal|hoşçakalın|güle güle|görüşürüz|iyi geceler",
  },
  ar: {
    greeting: "مرحبا|السلام عليكم|صباح الخير|مساء الخير|اهلا|أهلا|أهلا وسهلا|كيف حالك",
    thanks: "شكرا|شكرا جزيلا|شكرا لك",
    farewell: "مع السلامة|وداعا|إلى اللقاء",
  },
  hi: {
    greeting: "नमस्ते|नमस्कार|हैलो|सुप्रभात|आप कैसे हैं",
    thanks: "धन्यवाद|शुक्रिया|बहुत धन्यवाद|बहुत बहुत धन्यवाद",
    farewell: "अलविदा|फिर मिलेंगे|शुभ रात्रि",
  },
  id: {
    greeting: "halo|hai|selamat pagi|selamat siang|selamat sore|selamat malam|apa kabar",
    thanks: "terima kasih|terima kasih banyak|makasih",
    farewell: "selamat tinggal|sampai jumpa|dadah",
  },
  vi: {
    greeting: "xin chào|chào|chào bạn|chào anh|chào chị|chào buổi sáng|bạn khỏe không",
    thanks: "cảm ơn|cám ơn|cảm ơn bạn|cảm ơn nhiều|xin cảm ơn",
    farewell: "tạm biệt|hẹn gặp lại|chào tạm biệt",
  },
  th: {
    greeting: "สวัสดี|สวัสดีตอนเช้า|หวัดดี|ดีจ้า|ดีครับ|ดีค่ะ|ฮัลโหล|อรุณสวัสดิ์|สบายดีไหม|สบายดีมั้ย",
    thanks: "ขอบคุณ|ขอบคุณมาก|ขอบคุณมากๆ|ขอบใจ|ขอบพระคุณ",
    farewell: "ลาก่อน|แล้วเจอกัน|บาย|บ๊ายบาย|ราตรีสวัสดิ์",
  },
  ja: {
    greeting: "こんにちは|こんにちわ|こんばんは|おはよう|おはようございます|はじめまして|もしもし|お元気ですか|やあ",
    thanks:
      "ありがとう|ありがとうございます|ありがとうございました|どうもありがとう|どうもありがとうございます|感謝します|助かりました",
    farewell: "さようなら|さよなら|またね|では、また|おやすみ|おやすみなさい|失礼します",
  },
  zh: {
    greeting: "你好|您好|大家好|早上好|下午好|晚上好|早安|哈囉|哈喽|嗨|你好吗",
    thanks: "谢谢|謝謝|多谢|多謝|谢谢你|谢谢您|谢谢您的帮助|非常感谢|感谢|辛苦了",
    farewell: "再见|再見|拜拜|回头见|晚安",
  },
  ko: {
    greeting: "안녕하세요|안녕|안녕하십니까|반갑습니다|여보세요|좋은 아침",
    thanks: "감사합니다|고맙습니다|고마워|고마워요|감사해요|정말 감사합니다",
    farewell: "안녕히 계세요|안녕히 가세요|잘 가|다음에 봐요|수고하세요",
  },
};

/** What goes with it and says nothing. */
const FILLERS =
  "there|all|everyone|again|ok|okay|oh|well|great|perfect|very|so|much|very much|so much|for your help|for the help|for your answer|dear|friend|bot|sehr|bien|mucho|à tous|ครับ|ค่ะ|คะ|จ้า|จ้ะ|นะ|นะครับ|นะคะ|มาก|มากๆ|ครับผม|です|ね|よ|本当に|とても|どうも|啊|呀|了|네|정말";

const REPLIES: Record<string, Record<Kind, string>> = {
  en: {
    greeting: "Hello! What would you like to know?",
    thanks: "You are welcome.",
    farewell: "Goodbye! Come back whenever you have a question.",
  },
  de: {
    greeting: "Hallo! Was möchten Sie wissen?",
    thanks: "Gern geschehen.",
    farewell: "Auf Wiedersehen! Bei Fragen bin ich wieder da.",
  },
  fr: {
    greeting: "Bonjour ! Que souhaitez-vous savoir ?",
    thanks: "Je vous en prie.",
    farewell: "Au revoir ! Revenez quand vous aurez une question.",
  },
  es: {
    greeting: "¡Hola! ¿Qué desea saber?",
    thanks: "De nada.",
    farewell: "¡Hasta luego! Vuelva cuando tenga una pregunta.",
  },
  it: {
    greeting: "Buongiorno! Che cosa desidera sapere?",
    thanks: "Prego.",
    farewell: "Arrivederci! Torni quando avrà una domanda.",
  },
  pt: {
    greeting: "Olá! O que gostaria de saber?",
    thanks: "De nada.",
    farewell: "Até logo! Volte quando tiver uma pergunta.",
  },
  nl: {
    greeting: "Hallo! Wat wilt u weten?",
    thanks: "Graag gedaan.",
    farewell: "Tot ziens! Kom terug als u een vraag hebt.",
  },
  ru: {
    greeting: "Здравствуйте! Что вы хотели бы узнать?",
    thanks: "Пожалуйста.",
    farewell: "До свидания! Возвращайтесь, если появится вопрос.",
  },
  tr: {
    greeting: "Merhaba! Ne öğrenmek istersiniz?",
    thanks: "Rica ederim.",
    farewell: "Hoşça kalın! Sorunuz olursa yine gelin.",
  },
  ar: {
    greeting: "مرحبا! ماذا تود أن تعرف؟",
    thanks: "على الرحب والسعة.",
    farewell: "مع السلامة! عد متى كان لديك سؤال.",
  },
  hi: { greeting: "नमस्ते! आप क्या जानना चाहते हैं?", thanks: "आपका स्वागत है।", farewell: "फिर मिलेंगे! कोई सवाल हो तो पूछिए।" },
  id: {
    greeting: "Halo! Apa yang ingin Anda ketahui?",
    thanks: "Sama-sama.",
    farewell: "Sampai jumpa! Kembalilah bila ada pertanyaan.",
  },
  vi: {
    greeting: "Xin chào! Bạn muốn biết điều gì?",
    thanks: "Không có gì.",
    farewell: "Tạm biệt! Hãy quay lại khi bạn có câu hỏi.",
  },
  th: { greeting: "สวัสดี ต้องการทราบเรื่องอะไร", thanks: "ยินดีเสมอ", farewell: "แล้วพบกันใหม่ มีคำถามเมื่อไรกลับมาถามได้เสมอ" },
  ja: {
    greeting: "こんにちは。何をお知りになりたいですか。",
    thanks: "どういたしまして。",
    farewell: "さようなら。ご質問があればまたどうぞ。",
  },
  zh: { greeting: "您好！您想了解什么？", thanks: "不客气。", farewell: "再见！有问题请随时再来。" },
  ko: {
    greeting: "안녕하세요! 무엇을 알고 싶으신가요?",
    thanks: "천만에요.",
    farewell: "안녕히 가세요! 궁금한 것이 있으면 다시 오세요.",
  },
};

const CHARS_MAX = 80;
const UNSPACED = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}]$/u;

const plainOf = (text: string) =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll("’", "'")
    .replace(/[^\p{L}\p{M}\p{N}'\s-]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();

const PHRASES = new Map<string, SmallTalk | undefined>(
  FILLERS.split("|").map((filler) => [plainOf(filler), undefined]),
);
for (const [language, kinds] of Object.entries(SAID))
  for (const [kind, phrases] of Object.entries(kinds) as [Kind, string][])
    for (const phrase of phrases.split("|")) PHRASES.set(plainOf(phrase), { kind, language });
const LONGEST = Math.max(...[...PHRASES.keys()].map(({ length }) => length));

/** What a text says that greets, thanks or takes leave, and asks nothing; undefined for any other. Of several the last counts. */
export function smallTalkOf(text: string): SmallTalk | undefined {
  if (text.length > CHARS_MAX) return undefined;
  let rest = plainOf(text);
  let found: SmallTalk | undefined;
  while (rest !== "") {
    const phrase = phraseAt(rest);
    if (phrase === undefined) return undefined;
    found = PHRASES.get(phrase) ?? found;
    rest = rest.slice(phrase.length).trimStart();
  }
  return found;
}

/** The longest that the text begins with, where it ends as a word does. */
function phraseAt(text: string): string | undefined {
  for (let length = Math.min(LONGEST, text.length); length > 0; length--) {
    const phrase = text.slice(0, length);
    const next = text[length];
    if (PHRASES.has(phrase) && (next === undefined || next === " " || UNSPACED.test(phrase))) return phrase;
  }
  return undefined;
}

export const smallTalkReply = ({ kind, language }: SmallTalk): string => REPLIES[language]![kind];
