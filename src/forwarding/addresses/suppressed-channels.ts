/** SQL: the channels on which a row `visitor` has an address that is suppressed. */
export const suppressedChannelsSql = `ARRAY (
        SELECT known.channel FROM jsonb_each(visitor.addresses) AS known (channel, value)
        JOIN address_states ON address_states.channel = known.channel
          AND address_states.address = known.value ->> 'address'
        WHERE address_states.suppressed_at IS NOT NULL)`;
