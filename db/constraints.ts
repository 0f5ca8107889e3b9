/** What a broken constraint means to the caller: which field of the request, and what is wrong with it. */
export const CONSTRAINTS: Record<string, { path: string; message: string }> = {
  organizations_slug: { path: "slug", message: "Another organization has this slug." },
  organizations_slug_form: { path: "slug", message: "A slug has lower-case letters, digits and hyphens, 2 to 100." },
  organizations_models: { path: "model", message: "This model is the one that is asked already." },
  members_email: { path: "email", message: "A member with this e-mail address exists already." },
  members_user: { path: "userId", message: "This user is a member already." },
  products_sku: { path: "sku", message: "Another product has this SKU." },
  documents_of_product: { path: "productId", message: "This product does not exist." },
  chatbots_name: { path: "name", message: "Another chatbot has this name." },
  chatbots_slug: { path: "slug", message: "Another chatbot has this slug." },
  chatbot_documents_of_chatbot: { path: "chatbotId", message: "This chatbot does not exist." },
  chatbot_documents_of_document: { path: "documentIds", message: "One of these documents does not exist." },
  conversations_of_chatbot: { path: "chatbotId", message: "This chatbot does not exist." },
  jobs_live: { path: "jobId", message: "The same work is waiting or running already." },
};
