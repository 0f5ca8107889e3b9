ALTER TABLE "documents" ADD COLUMN "audience" text DEFAULT 'public' NOT NULL;--> statement-breakpoint
ALTER TABLE "documents" ADD CONSTRAINT "documents_audience" CHECK (audience in ('public', 'staff'));--> statement-breakpoint
-- What came out of a conversation was told in no other, which its column says from now on: also when the conversation is gone.
-- Unforced for a moment: under its own policies an owner sees no row.
alter table documents no force row level security;
--> statement-breakpoint
update documents set audience = 'staff' where conversation_id is not null;
--> statement-breakpoint
alter table documents force row level security;
