import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LEAKING_HEADERS, readMail } from "./message.js";
import { htmlToText } from "./parse-mail.js";

describe("HTML as text", () => {
  test.each([
    ["<p>Hello <b>you</b></p><p>there</p>", "Hello you\n\nthere"],
    ["a<br>b<BR/>c", "a\nb\nc"],
    ["<head><title>t</title></head><body>x</body>", "x"],
    ["<head><body>never closed", "never closed"],
    ["<script>if (a < b) alert('x')</script>kept<style>p{}</style>", "kept"],
    ["1 &lt; 2 &amp;&nbsp;&#65;&#x42; &bogus; &#0; &#xD800;", "1 < 2 & AB &bogus; \ufffd \ufffd"],
    ["a <!-- hidden --> b<!-- never closed", "a b"],
    ["2 < 3 and 4 > 1", "2 < 3 and 4 > 1"],
    ["text <a href='x", "text"],
    ["<td>a</td><td>b</td>", "a b"],
  ])("%j", (html, text) => expect(htmlToText(html)).toBe(text));

  test("never fails and takes linear time", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("<", ">", "!--", "-->", "script", "/", "a", "&", "#x", ";", "\n")),
        (parts) => void htmlToText(parts.join("")),
      ),
    );
    for (const hostile of [
      "<".repeat(300_000),
      "<!--".repeat(100_000),
      "<script>".repeat(100_000),
      "&".repeat(300_000),
      "\n".repeat(300_000),
    ]) {
      htmlToText(hostile);
    }
  });
});

describe("a mail", () => {
  const headers = "Received: from a\nX-Spam-Status: Yes, hits=9\nList-Id: <l>\n";

  test("yields its subject and body but no header", async () => {
    const mail = await readMail(`From x@y Thu Aug 22 2002\n${headers}Subject: Hello\n  there\n\nBody: line\n`);
    expect(mail).toEqual({ subject: "Hello there", body: "Body: line" });
  });

  test("drops filter marks, list tags, list footers and the collector's domain", async () => {
    const footer =
      "_______________________________________________\nIrish Linux\nhttp://www.linux.ie/mailman/listinfo/ilug\n";
    const mail = await readMail(
      `Subject: Re: [ILUG] *****SPAM***** Hi zzzz@spamassassin.taint.org\n\nMail me@spamassassin.taint.org\n${footer}`,
    );
    expect(mail).toEqual({ subject: "Re: Hi zzzz@example.org", body: "Mail me@example.org" });
  });

  test("decodes encoded subjects, quoted-printable and base64", async () => {
    expect((await readMail("Subject: =?iso-8859-1?Q?Caf=E9_au?= =?utf-8?B?IGxhaXQ=?=\n\nx")).subject).toBe(
      "Café au lait",
    );
    const quoted =
      "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nCaf=E9 =\nnoir";
    expect((await readMail(quoted)).body).toBe("Café noir");
    const encoded = Buffer.from("<p>Buy &amp; save</p>").toString("base64");
    expect((await readMail(`Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n${encoded}`)).body).toBe(
      "Buy & save",
    );
  });

  test("with several parts yields the plain alternative and forwarded mails, but no attachments", async () => {
    const mail = `Content-Type: multipart/mixed; boundary="b"\n\npreamble\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: text/html\n\n<b>html</b>\n--c\n\nplain\n--c--\n--b\nContent-Type: application/zip\n\nUEsDB\n--b\nContent-Type: text/plain\nContent-Disposition: attachment\n\nsecret\n--b\nContent-Type: message/rfc822\n\nSubject: inner\nX-Spam-Flag: YES\n\nforwarded\n--b--\nepilogue`;
    expect((await readMail(mail)).body).toBe("plain\n\nforwarded");
  });

  test("yields no header of a forwarded or lost mail, however it is enclosed", async () => {
    const inner = "Subject: inner\nX-Spam-Flag: YES\n\nforwarded";
    const enclosed = ["inline", "attachment"].map(
      (how) => `--b\nContent-Type: message/rfc822\nContent-Disposition: ${how}\n\n${inner}\n`,
    );
    const lost = "--b\nContent-Type: text/rfc822-headers\n\nReceived: from a\n";
    const mail = `Content-Type: multipart/report; boundary=b\n\n--b\n\nlost\n${lost}${enclosed.join("")}--b--\n`;
    expect((await readMail(mail)).body).toBe("lost\n\nforwarded\n\nforwarded");
  });

  test("yields the HTML if the plain alternative is blank, and text whose type is misspelled", async () => {
    const blank =
      "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n \n--b\nContent-Type: text/html\n\n<p>yes\n--b--";
    expect((await readMail(blank)).body).toBe("yes");
    expect((await readMail("Content-Type: TEXT/PLAIN charset=US-ASCII\n\nyes")).body).toBe("yes");
  });

  test("decodes the charset of encoded parts only, since the rest is text already", async () => {
    const plain = "Content-Type: text/plain; charset=iso-8859-1\n\nCafé \ufffd 日本 \u001ae9;";
    expect((await readMail(plain)).body).toBe("Café \ufffd 日本 e9;");
    const japanese =
      "Content-Type: text/plain; charset=iso-2022-jp\nContent-Transfer-Encoding: base64\n\nGyRCRnxLXBsoQg==";
    expect((await readMail(japanese)).body).toBe("日本");
  });

  test("drops the list footer of a page, which stands behind its end", async () => {
    const page =
      "Content-Type: text/html\n\n<html><body>kept</body></html>\n____________________________\nx list\nhttp://x/listinfo/x\n";
    expect((await readMail(page)).body).toBe("kept");
  });

  test("says so if its subject or body is missing or cut", async () => {
    expect(await readMail("From: a\n\n")).toEqual({ subject: "(no subject)", body: "(empty body)" });
    expect((await readMail(`Subject: x\n\n${"y".repeat(40_000)}`)).body).toMatch(
      /y\n\[… cut after 30000 characters\]$/,
    );
  });

  test("never fails, however broken, and is bounded, however nested", async () => {
    const parts = fc.constantFrom(
      "Content-Type: multipart/mixed; boundary=b",
      "--b",
      "--b--",
      "",
      "=?x?Q?=E9?=",
      "Content-Transfer-Encoding: base64",
      "=E9=",
      "text",
      "Subject: =?",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(parts, { maxLength: 40 }), async (lines) => void (await readMail(lines.join("\n")))),
    );
    const nested = "Content-Type: multipart/mixed; boundary=b\n\n--b\n".repeat(5_000);
    expect((await readMail(nested)).body).toBe("(empty body)");
    const wide = `Content-Type: multipart/mixed; boundary=b\n\n${"--b\n\nx\n".repeat(2_000)}`;
    expect((await readMail(wide)).body.length).toBeGreaterThan(2_000);
    await readMail(`Content-Transfer-Encoding: quoted-printable\n\n${" ".repeat(300_000)}x`);
  });
});

test("every header that leaks the label says how", () => {
  for (const [name, how] of Object.entries(LEAKING_HEADERS)) {
    expect(name).toBe(name.toLowerCase());
    expect(how.length).toBeGreaterThan(10);
  }
});
