import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SiteMembers } from '../../engine/operators/rekey/site-members.ts';
import { runs } from '../oracle/runs.ts';

const IDS = 6;

/** Ids of forgotten keys come back as other keys', with watermarks below the old ones too. */
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('move', 'move', 'move', 'idle', 'forget', 'elsewhere'),
    keyId: fc.nat(IDS - 1),
    watermarkUs: fc.nat(20),
  }),
  { maxLength: 400 },
);

it('the least watermark is that of the active members, whichever were forgotten', () => {
  fc.assert(
    fc.property(steps, all => {
      const members = new SiteMembers();
      const watermarkUs = new Float64Array(IDS).fill(-Infinity);
      const isActive = new Uint8Array(IDS);
      const isMember = new Uint8Array(IDS);
      for (const { kind, keyId, watermarkUs: toUs } of all) {
        if (kind === 'forget') {
          members.forget(keyId);
          watermarkUs[keyId] = -Infinity;
          isActive[keyId] = 0;
          isMember[keyId] = 0;
        } else if (kind === 'idle') {
          isActive[keyId] = 0;
        } else {
          watermarkUs[keyId] = Math.max(watermarkUs[keyId]!, toUs);
          isActive[keyId] = 1;
          // A key of another site may have the id of one that was here.
          if (kind === 'move') isMember[keyId] = 1;
          if (isMember[keyId] === 1) members.activate(keyId, watermarkUs[keyId]!);
        }
        const active = Array.from({ length: IDS }, (_, id) => id).filter(
          id => isMember[id] === 1 && isActive[id] === 1,
        );
        expect(members.leastUs(watermarkUs, isActive)).toBe(Math.min(Infinity, ...active.map(id => watermarkUs[id]!)));
        expect([...members.all].sort((a, b) => a - b)).toEqual(
          Array.from({ length: IDS }, (_, id) => id).filter(id => isMember[id] === 1),
        );
      }
    }),
    runs(),
  );
});
