import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { htmlToText } from "./html-text.js";
import { LEAKING_HEADERS, readMail } from "./message.js";

describe("HTML as text", () => {
  test.each([
    ["<p>Hello <b>you</b></p><p>there</p>", "Hello you\n\nthere"],
    ["a<br>b<BR/>c", "a\nb\nc"],
    ["<head><title>t</title></head><body>x</body>", "x"],
    ["<head><body>never closed", "never closed"],
    ["<script>if (a < b) alert('x')</script>kept<style>p{}</style>", "kept"],
    ["1 &lt; 2 &amp;&nbsp;&#65;&#x42; &bogus; &#0; &#xD800;", "1 < 2 & AB &bogus; &#0; &#xD800;"],
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

  test("yields its subject and body but no header", () => {
    const mail = readMail(`From x@y Thu Aug 22 2002\n${headers}Subject: Hello\n  there\n\nBody: line\n`);
    expect(mail).toEqual({ subject: "Hello there", body: "Body: line" });
  });

  test("drops filter marks, list tags, list footers and the collector's domain", () => {
    const footer =
      "_______________________________________________\nIrish Linux\nhttp://www.linux.ie/mailman/listinfo/ilug\n";
    const mail = readMail(
      `Subject: Re: [ILUG] *****SPAM***** Hi zzzz@spamassassin.taint.org\n\nMail me@spamassassin.taint.org\n${footer}`,
    );
    expect(mail).toEqual({ subject: "Re: Hi zzzz@example.org", body: "Mail me@example.org" });
  });

  test("decodes encoded subjects, quoted-printable and base64", () => {
    expect(readMail("Subject: =?iso-8859-1?Q?Caf=E9_au?= =?utf-8?B?IGxhaXQ=?=\n\nx").subject).toBe("Café au lait");
    const quoted =
      "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nCaf=E9 =\nnoir";
    expect(readMail(quoted).body).toBe("Café noir");
    const encoded = Buffer.from("<p>Buy &amp; save</p>").toString("base64");
    expect(readMail(`Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n${encoded}`).body).toBe(
      "Buy & save",
    );
  });

  test("with several parts yields the plain alternative and forwarded mails, but no attachments", () => {
    const mail = `Content-Type: multipart/mixed; boundary="b"\n\npreamble\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: text/html\n\n<b>html</b>\n--c\n\nplain\n--c--\n--b\nContent-Type: application/zip\n\nUEsDB\n--b\nContent-Type: text/plain\nContent-Disposition: attachment\n\nsecret\n--b\nContent-Type: message/rfc822\n\nSubject: inner\nX-Spam-Flag: YES\n\nforwarded\n--b--\nepilogue`;
    expect(readMail(mail).body).toBe("plain\n\nforwarded");
  });

  test("says so if its subject or body is missing or cut", () => {
    expect(readMail("From: a\n\n")).toEqual({ subject: "(no subject)", body: "(empty body)" });
    expect(readMail(`Subject: x\n\n${"y".repeat(40_000)}`).body).toMatch(/y\n\[… cut after 30000 characters\]$/);
  });

  test("never fails, however broken, and is bounded, however nested", () => {
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
    fc.assert(fc.property(fc.array(parts, { maxLength: 40 }), (lines) => void readMail(lines.join("\n"))));
    const nested = "Content-Type: multipart/mixed; boundary=b\n\n--b\n".repeat(5_000);
    expect(readMail(nested).body).toBe("(empty body)");
    readMail(`Content-Transfer-Encoding: quoted-printable\n\n${" ".repeat(300_000)}x`);
  });
});

test("every header that leaks the label says how", () => {
  for (const [name, how] of Object.entries(LEAKING_HEADERS)) {
    expect(name).toBe(name.toLowerCase());
    expect(how.length).toBeGreaterThan(10);
  }
});
