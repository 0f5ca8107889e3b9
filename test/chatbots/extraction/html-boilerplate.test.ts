import { expect, test } from "vitest";
import { extract } from "../../../functions/chatbots/extraction/extract.ts";

const texts = async (html: string) => {
  const { blocks } = await extract(new TextEncoder().encode(html), { filename: "a.html" });
  return blocks.map((b) => b.text);
};
const items = (names: string[]) => names.map((name) => `<li><a href="/${name}">${name}</a></li>`).join("");
const menu = (...names: string[]) => `<div><ul>${items(names)}</ul></div>`;
const linked = (names: string[]) => names.map((name) => `- ${name}`).join("\n");

const languages = {
  en: {
    top: ["Home", "Berths", "Prices", "News", "Contact us"],
    prose:
      "The harbour opens at six in the morning, and boats that arrive before wait at the outer pier until the keeper has come.",
    bottom: ["Imprint", "Privacy", "Terms of use", "Press", "Jobs"],
  },
  ja: {
    top: ["ホーム", "係留場所", "料金案内", "お知らせ", "お問い合わせ"],
    prose: "港は朝六時に開きます。それより前に着いた船は、管理人が来るまで外側の桟橋で待ってください。",
    bottom: ["会社概要", "個人情報", "利用規約", "採用情報", "サイトマップ"],
  },
  th: {
    top: ["หน้าแรก", "ท่าเรือ", "ราคา", "ข่าวสาร", "ติดต่อเรา"],
    prose: "ท่าเรือเปิดเวลาหกโมงเช้า เรือที่มาถึงก่อนเวลานี้ต้องรอที่ท่าด้านนอกจนกว่าเจ้าหน้าที่จะมาถึง กรุณาชำระค่าธรรมเนียมก่อนออกเดินทาง",
    bottom: ["เกี่ยวกับเรา", "นโยบาย", "ข้อกำหนด", "ร่วมงาน", "แผนผังเว็บไซต์"],
  },
};

test.each(Object.entries(languages))("menus without a name around a text are left out (%s)", async (_, language) => {
  const { top, prose, bottom } = language;
  const paragraphs = [1, 2, 3, 4].map((n) => `${n} ${prose}`);
  const page = `<div>${menu(...top)}<h1>A</h1>${paragraphs.map((p) => `<p>${p}</p>`).join("")}</div>${menu(...bottom)}`;
  expect(await texts(page)).toEqual(["A", ...paragraphs]);
});

const { prose } = languages.en;

test("what a site calls a menu, a notice, related or shared is left out, with the heading above it", async () => {
  const page = `<a href="#content">Skip to content</a>
    <div class="cookie-banner"><p>We use cookies.</p><a href=/c>Settings</a></div>
    <div id="site-header"><a href=/>Harbour Inc.</a></div><div class="mainNav"><a href=/a>Berths</a></div>
    <ol class="breadcrumb">${items(["Home", "Rules"])}</ol><div class="lang-switcher"><a href=/th>ไทย</a></div>
    <h1>Rules</h1><p>${prose}</p><h2>Read on</h2>
    <div class="related-posts"><h3><a href=/p>Tides</a></h3><p><a href=/q>Ropes</a></p></div>
    <div class="social_share"><ul>${items(["LINE", "Facebook"])}</ul></div>
    <div class="newsletter"><h3>Stay afloat</h3><p>News for you, weekly.</p></div>
    <div id="onetrust-sdk">Your choices</div><div id="footer">Harbour Inc., North quay 1</div>`;
  expect(await texts(page)).toEqual(["Rules", prose]);
});

test("links that are what a page is for stay: all of it, under a heading or a sentence, within a text, in a table", async () => {
  const manuals = ["Winch", "Crane", "Pump", "Anchor", "Radio", "Lamp"];
  const list = `<div><ul>${items(manuals)}</ul></div>`;
  const table = `<table>${manuals.map((name, i) => `<tr><td><a href=/${i}>${name}</a><td><a href=/s>s${i}</a>`).join("")}</table>`;
  const told = linked(manuals);
  expect(await texts(list)).toEqual([told]);
  expect(await texts(`<p>${prose}</p>${list}`)).toEqual([prose, told]);
  expect(await texts(`<p>${prose.repeat(3)}</p><div><h2>Manuals</h2></div>${list}`)).toContain(told);
  expect(await texts(`<p>${prose.repeat(3)}</p><p>Our manuals:</p><ul>${items(manuals)}</ul>`)).toContain(told);
  expect(await texts(`<p>${prose.repeat(3)}</p><div></div>${list}<p>${prose}</p>`)).toContain(told);
  expect((await texts(`<p>${prose.repeat(3)}</p><div>${table}</div>`))[1]).toContain("| Lamp | s5 |");
  const questions = manuals.map((name) => `<li><a href="#${name}">${name}?</a></li>`).join("");
  expect(await texts(`<div><ul>${questions}</ul></div><div><p>${prose.repeat(3)}</p></div>`)).toHaveLength(2);
});

test("a name alone drops no content", async () => {
  const dishes = "<div class=menu><h2>Starters</h2><ul><li>Soup 5 €<li>Fish 9 €</ul></div>";
  expect(await texts(`${dishes}<p>${prose}</p>`)).toEqual(["Starters", "- Soup 5 €\n- Fish 9 €", prose]);
  expect(await texts(`<div class="page no-sidebar"><div class=sidebar><p>${prose}</p></div></div>`)).toEqual([prose]);
  const cookies = `<div class="cookies"><h2>Cookies</h2><p>${prose}</p></div>`;
  expect(await texts(`<header class=nav><h1>Rules</h1><a href=/>Home</a></header>${cookies}<p>${prose}</p>`)).toEqual([
    "Rules",
    "Home",
    "Cookies",
    prose,
    prose,
  ]);
  expect(await texts(`<h2 id="newsletter">Newsletter</h2><div role=dialog><p>${prose}</p></div>`)).toHaveLength(2);
  const posts = [1, 2, 3].map(
    (n) => `<article><header><a href=/u>Ida ${n}</a></header><p>Yes.</p><footer>+${n}</footer></article>`,
  );
  expect(await texts(posts.join(""))).toEqual(["Ida 1", "Yes.", "Ida 2", "Yes.", "Ida 3", "Yes."]);
});

test("containers named menu inside each other take no more time than others", async () => {
  const start = performance.now();
  const page = `<p>${prose.repeat(9)}</p>${'<div class="a-b-c menu"><a href=/a>x</a>'.repeat(50_000)}`;
  expect((await texts(page))[0]).toBe(prose.repeat(9));
  expect(performance.now() - start).toBeLessThan(3_000);
});
