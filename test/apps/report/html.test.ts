import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Html, html, jsonHtml } from '../../../apps/report/html.ts';
import { runs } from '../../oracle/runs.ts';

describe('html', () => {
  test('text in a hole is text', () => {
    expect(html`<p title="${`"><script>alert('x')</script>`}">${'a & b `c`'}</p>`.text).toBe(
      '<p title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;">a &amp; b &#96;c&#96;</p>',
    );
  });

  test('html in a hole is html, also a list of it', () => {
    expect(html`<ul>${['a', '<b>'].map(item => html`<li>${item}</li>`)}</ul>${new Html('<hr>')}`.text).toBe(
      '<ul><li>a</li><li>&lt;b&gt;</li></ul><hr>',
    );
  });

  test('marks that turn the direction of writing are shown as such', () => {
    expect(html`${'a\u202eb\u0000'}`.text).toBe('a\ufffdb\ufffd');
  });

  test('no text becomes an element, an entity or the end of an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(html`${text}`.text.replace(/&(amp|lt|gt|quot|#39|#96);/g, '')).not.toMatch(/[<>"'`&]/);
      }),
      runs(200),
    );
  });
});

describe('json in a script element', () => {
  test('nothing in it ends the element, and it is the same data', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('', '</script>', '<!--', '<script'), (value, trap) => {
        const { text } = jsonHtml({ value, trap, [trap]: 1 });
        expect(text).not.toContain('<');
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ value, trap, [trap]: 1 })));
      }),
      runs(100),
    );
  });
});
