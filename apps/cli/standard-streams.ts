import { writeCodedMessage } from './coded-message.ts';
import { EXIT } from './exit-codes.ts';

/**
 * Ends the program quietly when the reader of a pipe has gone (`millrace run … | head`), and with a message where
 * standard output cannot be written (`> file` on a full disk).
 */
export function endWithStandardStreams(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit();
      if (stream === process.stdout) {
        writeCodedMessage({
          severity: 'error',
          code: 'MR7007',
          message: `standard output cannot be written: ${error.message}`,
          hint: 'make room on the disk, or send the output elsewhere; what was written before is whole lines but the last',
        });
      }
      process.exit(EXIT.runtime);
    });
  }
}
