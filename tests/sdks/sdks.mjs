// The table of SDKs: a row for each provider, with the SDK's own verification and, if it has one, its own signature.
//
// `verify` takes the raw body and the headers. It throws, or returns false, if the SDK refuses them. `sign` returns the headers.
// A secret stands here as its provider issues it, because each SDK reads it as its provider says. `has` names what the signature has: how
// the secret is read, a signed time, a window that the SDK checks this time against, and a signed id.
import { createRequire } from 'node:module';
import { LINE_SIGNATURE_HTTP_HEADER_NAME, validateSignature } from '@line/bot-sdk';
import { LinearWebhookClient } from '@linear/sdk/webhooks';
import * as octokit from '@octokit/webhooks-methods';
import { Paddle } from '@paddle/paddle-node-sdk';
import * as sanity from '@sanity/webhook';
import '@shopify/shopify-api/adapters/node';
import { ApiVersion, shopifyApi } from '@shopify/shopify-api';
import bolt from '@slack/bolt';
import OpenAI from 'openai';
import Razorpay from 'razorpay';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';

const TEXT = 'k7Qz0wN5b1YtHr4uJm9cXe2sVd8aLf6g';
// This text is base64 as well, so that a receiver that decodes it, or does not, has another key.
const WHSEC = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const MESSAGE_ID = 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W';

// The body is not ASCII alone, and JSON that is parsed and written again would be another text.
const json = (fields = {}) => JSON.stringify({ id: 'evt_1', object: 'event', ...fields, name: 'Zoë 😀', price: 1 }).replace(':1}', ': 1.0}');
const seconds = (time) => Math.floor(time / 1000);

// The headers of Standard Webhooks, by a class that signs them.
const standard = (prefix, Webhook) => (body, secret, time) => ({
  [`${prefix}-id`]: MESSAGE_ID,
  [`${prefix}-timestamp`]: String(seconds(time)),
  [`${prefix}-signature`]: new Webhook(secret).sign(MESSAGE_ID, new Date(time), body),
});

// This SDK also demands headers that are not signed. `countersign send` does not know all of them.
const shopifyHeaders = {
  'x-shopify-topic': 'orders/create',
  'x-shopify-shop-domain': 'example.myshopify.com',
  'x-shopify-api-version': '2026-01',
  'x-shopify-webhook-id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
};

async function shopify(body, headers, secret) {
  const api = shopifyApi({
    apiKey: 'none',
    apiSecretKey: secret,
    apiVersion: ApiVersion.January26,
    hostName: 'example.com',
    isEmbeddedApp: false,
    logger: { log: () => {} },
  });
  const rawRequest = { method: 'POST', url: '/shopify', headers: { ...shopifyHeaders, ...headers } };
  const verdict = await api.webhooks.validate({ rawBody: body.toString(), rawRequest });
  if (!verdict.valid) throw new Error(verdict.reason);
}

export const sdks = {
  stripe: {
    package: 'stripe',
    secret: WHSEC,
    has: ['textKey', 'time', 'window'],
    verify: (body, headers, secret) => Stripe.webhooks.constructEvent(body, headers['stripe-signature'], secret),
    sign: (payload, secret, time) => ({
      'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: seconds(time) }),
    }),
  },
  'standard-webhooks': {
    package: 'standardwebhooks',
    secret: WHSEC,
    has: ['base64Key', 'time', 'window', 'id'],
    verify: (body, headers, secret) => new StandardWebhook(secret).verify(body, headers),
    sign: standard('webhook', StandardWebhook),
  },
  slack: {
    package: '@slack/bolt',
    secret: TEXT,
    has: ['textKey', 'time', 'window'],
    // A slash command is a form.
    body: () => 'command=%2Fweather&text=Z%C3%BCrich+%F0%9F%98%80&team_id=T0001',
    verify: (body, headers, signingSecret) => bolt.verifySlackRequest({ signingSecret, headers, body: body.toString() }),
  },
  github: {
    package: '@octokit/webhooks-methods',
    secret: TEXT,
    has: ['textKey'],
    verify: (body, headers, secret) => octokit.verify(secret, body.toString(), headers['x-hub-signature-256']),
    sign: async (body, secret) => ({ 'x-hub-signature-256': await octokit.sign(secret, body) }),
  },
  shopify: { package: '@shopify/shopify-api', secret: TEXT, has: ['textKey'], verify: shopify },
  svix: {
    package: 'svix',
    secret: WHSEC,
    has: ['base64Key', 'time', 'window', 'id'],
    verify: (body, headers, secret) => new SvixWebhook(secret).verify(body, headers),
    sign: standard('svix', SvixWebhook),
  },
  openai: {
    package: 'openai',
    secret: WHSEC,
    has: ['base64Key', 'time', 'window', 'id'],
    verify: (body, headers, webhookSecret) => new OpenAI({ apiKey: 'none', webhookSecret }).webhooks.unwrap(body.toString(), headers),
  },
  paddle: {
    package: '@paddle/paddle-node-sdk',
    secret: TEXT,
    has: ['textKey', 'time', 'window'],
    verify: (body, headers, secret) => new Paddle('none').webhooks.isSignatureValid(body.toString(), secret, headers['paddle-signature']),
  },
  linear: {
    package: '@linear/sdk',
    secret: TEXT,
    has: ['textKey'],
    body: () => json({ webhookTimestamp: Date.now() }),
    verify: (body, headers, secret) => new LinearWebhookClient(secret).verify(body, headers['linear-signature']),
  },
  sanity: {
    package: '@sanity/webhook',
    secret: TEXT,
    has: ['textKey', 'time'],
    verify: (body, headers, secret) => sanity.assertValidRequest({ body, headers }, secret),
    sign: async (body, secret, time) => ({ [sanity.SIGNATURE_HEADER_NAME]: await sanity.encodeSignatureHeader(body, time, secret) }),
  },
  razorpay: {
    package: 'razorpay',
    secret: TEXT,
    has: ['textKey'],
    verify: (body, headers, secret) => Razorpay.validateWebhookSignature(body.toString(), headers['x-razorpay-signature'], secret),
  },
  line: {
    package: '@line/bot-sdk',
    secret: TEXT,
    has: ['textKey'],
    verify: (body, headers, secret) => validateSignature(body, secret, headers[LINE_SIGNATURE_HTTP_HEADER_NAME]),
  },
};

for (const sdk of Object.values(sdks)) sdk.body ??= json;

const { dependencies } = createRequire(import.meta.url)('./package.json');
export const title = (sdk) => `${sdk.package} ${dependencies[sdk.package]}`;
