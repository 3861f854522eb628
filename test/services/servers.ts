import { get } from 'node:http';
import { inject } from 'vitest';

/**
 * The address of the run's nats-server, shared by all test files: streams and subjects need names of their own. The
 * first that asks waits until it is up. Best awaited at the top of a file, where no time limit of a hook ends an
 * installation. Throws with what to install where there is no server.
 */
export function sharedNats(): Promise<string> {
  return address('/nats');
}

/** As `sharedNats`, of QuestDB: tables need names of their own. */
export function sharedQuestDb(): Promise<string> {
  return address('/questdb');
}

function address(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // Not fetch, whose answers must begin within five minutes.
    get(`${inject('services')}${path}`, { agent: false }, response => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', chunk => {
        text += chunk;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(text));
      });
    }).on('error', reject);
  });
}
