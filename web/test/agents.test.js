import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentName } from '../src/js/agents.js';

test('browsers go by the names that people know', () => {
  const tail = 'AppleWebKit/537.36 (KHTML, like Gecko)';
  for (const [agent, name] of [
    [`Mozilla/5.0 (Linux; Android 10; K) ${tail} Chrome/140.0.0.0 Mobile Safari/537.36`, 'Chrome · Android'],
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${tail} Chrome/140.0 Safari/537.36 Edg/140.0`, 'Edge · Windows'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
        'Version/18.5 Mobile/15E148 Safari/604.1',
      'Safari · iPhone',
    ],
    [
      `Mozilla/5.0 (Linux; Android 13; SM-A) ${tail} SamsungBrowser/28.0 Chrome/130 Mobile Safari/537.36`,
      'Samsung Internet · Android',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox · Linux'],
    [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${tail} Chrome/140 Safari/537.36`, 'Chrome · macOS'],
    ['curl/8.5.0', 'curl'],
    ['payroll-sync/2.1', 'payroll-sync/2.1'],
    ['', ''],
    ['x'.repeat(300), 'x'.repeat(60)],
  ])
    assert.equal(agentName(agent), name, agent);
});
