import { expect, test } from "vitest";
import { languageDetector } from "../../functions/kernel/retrieval/language.ts";

const detectLanguage = await languageDetector();

test.each([
  ["th", "หากคุณลืมรหัสผ่าน สามารถขอใหม่ได้จากหน้าการตั้งค่า"],
  ["ja", "パスワードを忘れた場合は、設定画面から再発行できます。"],
  ["ko", "비밀번호를 잊어버린 경우 설정에서 다시 받을 수 있습니다."],
  ["zh", "如果您忘记了密码，可以在设置页面上重新获取。"],
  ["vi", "Nếu bạn quên mật khẩu, hãy mở phần cài đặt và chọn tài khoản của mình."],
  ["en", "If you have forgotten your password, open the settings and choose your account."],
  ["de", "Wenn Sie Ihr Passwort vergessen haben, öffnen Sie die Einstellungen und wählen Sie das Konto."],
  ["fr", "Si vous avez oublié votre mot de passe, ouvrez les paramètres et choisissez le compte."],
  ["es", "Si ha olvidado su contraseña, abra la configuración y elija la cuenta."],
  ["ru", "Если вы забыли пароль, откройте настройки и выберите учётную запись."],
])("%s is told from a sentence", (code, text) => {
  expect(detectLanguage(text)).toBe(code);
});

test("a foreign name or a code sample does not change a document's language", () => {
  const english = "The study of the harbour was written by the engineers of the city and read by many people. ";
  expect(detectLanguage(`Győző Szabó, Łukasz Wiśniewski, Jürgen Groß.\n${english.repeat(8)}`)).toBe("en");
  expect(
    detectLanguage(
      "設定ファイルを開き、`const port = 8080` を変更してから再起動してください。npm run dev を使います。",
    ),
  ).toBe("ja");
});

test.each([
  ["Testing Recipes"],
  ["Production Deployment"],
  ["See ya!"],
  ["Price list 2024 EUR USD"],
  ["Registers a global custom directive if passing both a name string and a directive definition."],
  ["Escherichia coli responds to the redox stress imposed by superoxide-generating agents such as paraquat."],
  ["| Screen | Reader |\n| --- | --- |\n| NVDA | VoiceOver |\n| JAWS | ChromeVox |\n| ZoomText | MAGic |"],
])("titles, tables and terms of English are English: %s", (text) => {
  expect(detectLanguage(text)).toBe("en");
});

test("what a page declares decides only what its text leaves open", () => {
  expect(detectLanguage("港区東京都", "ja")).toBe("ja");
  expect(detectLanguage("OK 12345", "da-DK")).toBe("da");
  expect(detectLanguage("パスワードを忘れた場合は、設定画面から再発行できます。", "en")).toBe("ja");
  expect(detectLanguage("Wenn Sie Ihr Passwort vergessen haben, öffnen Sie bitte die Einstellungen.", "en")).toBe("de");
});

test("English is said when nothing can be", () => {
  expect(detectLanguage("")).toBe("en");
  expect(detectLanguage("12 + 30 = 42")).toBe("en");
  expect(detectLanguage("reset password")).toBe("en");
});
