import type { BeirSet } from "./beir.ts";

const DOCUMENTS: [id: string, title: string, text: string][] = [
  [
    "bike",
    "Bicycle brakes",
    "Squeaking brakes usually mean that oil has reached the rim. Clean rim and pads with alcohol, then sand the pads lightly.",
  ],
  [
    "bread",
    "Sourdough at home",
    "Feed the starter twice a day. Dough that was left in the fridge overnight has more flavour and is easier to shape.",
  ],
  [
    "router",
    "Home router",
    "Hold the small button at the back for ten seconds to restore the factory settings. The light blinks red, then green.",
  ],
  [
    "tax",
    "Late returns",
    "A tax return that arrives after 31 July costs 25 euros for every month of delay, unless the office has granted more time.",
  ],
  [
    "cat",
    "Moving with a cat",
    "Keep the cat in one room for the first week. It goes outside only when it eats well and comes when it is called.",
  ],
  [
    "solar",
    "Solar panels",
    "Dust lowers the yield of a panel by about five per cent. Rain is enough to clean it where the roof is steep.",
  ],
  ["ja-onsen", "温泉の入り方", "湯船に入る前に体を洗います。タオルは湯の中に入れないでください。"],
  ["ja-gomi", "ごみの分別", "燃えるごみは火曜日と金曜日の朝八時までに出してください。電池は市役所の回収箱に入れます。"],
  ["ja-densha", "忘れ物センター", "電車の中で傘を忘れたときは、終点の駅の忘れ物センターに電話で問い合わせてください。"],
  ["th-market", "ตลาดนัดวันเสาร์", "ตลาดนัดเปิดทุกวันเสาร์ตั้งแต่หกโมงเช้าจนถึงเที่ยง มีผักสดและปลาจากชาวบ้าน"],
  ["th-library", "ห้องสมุดประชาชน", "สมาชิกยืมหนังสือได้ครั้งละห้าเล่มเป็นเวลาสิบสี่วัน คืนช้าปรับวันละสองบาท"],
  ["th-ferry", "เรือข้ามฟาก", "เรือข้ามแม่น้ำออกทุกยี่สิบนาที เที่ยวสุดท้ายออกเวลาสี่ทุ่ม"],
];
const QUERIES: [text: string, document: string][] = [
  ["Why do my bicycle brakes squeak?", "bike"],
  ["How do I restore the router's factory settings?", "router"],
  ["燃えるごみは何曜日に出しますか", "ja-gomi"],
  ["電車に傘を忘れたらどうすればいいですか", "ja-densha"],
  ["ห้องสมุดยืมหนังสือได้กี่เล่ม", "th-library"],
  ["เรือเที่ยวสุดท้ายออกกี่โมง", "th-ferry"],
];

/** Written for this file: small enough for every push, and in the three languages that must not break. */
export const QUICK_SET: BeirSet = {
  documents: DOCUMENTS.map(([id, title, text]) => ({ id, title, text })),
  queries: QUERIES.map(([text], i) => ({ id: `q${i + 1}`, text })),
  judgments: new Map(QUERIES.map(([, document], i) => [`q${i + 1}`, new Map([[document, 1]])])),
  warnings: [],
};
export const QUICK_LEXICAL_NDCG_MIN = 0.8;
